import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { startWorld, type World, waitFor } from "./world/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ regions: ["us-east-1", "eu-central-1"] });
});
afterAll(async () => world?.stop());

const answerSchema = z.object({ Status: z.int(), Answer: z.array(z.object({ data: z.string(), TTL: z.int() })) });

/** What a client of a network is told. */
async function told(name: string, subnet: string): Promise<string[]> {
  const query = new URLSearchParams({ name, edns_client_subnet: subnet });
  const response = await fetch(`${world.doh}/resolve?${query}`, { signal: AbortSignal.timeout(5000) });
  return answerSchema.parse(await response.json()).Answer.map(({ data }) => data);
}

it("tells clients of the region that is nearest to them by the bundled database", async () => {
  expect(await told("api.novacron.io", "91.0.0.0/24")).toEqual(["203.0.113.5"]);
  expect(await told("api.novacron.io", "8.8.8.0/24")).toEqual(["203.0.113.1"]);
});

it("tells of a change that was made through the control API, and of a region that died no longer", async () => {
  const record = { name: "www.novacron.io", type: "A", values: ["192.0.2.80"] };
  expect(await world.api("POST", "/dns/zones/novacron.io/records", record)).toMatchObject({ status: 201 });
  const www = () => told("www.novacron.io", "91.0.0.0/24");
  await waitFor(async () => (await www())[0] === "192.0.2.80", 10_000, "the new name");
  await world.kill("eu-central-1-a");
  const api = () => told("api.novacron.io", "91.0.0.0/24");
  await waitFor(async () => (await api())[0] === "203.0.113.1", 30_000, "the other region");
});
