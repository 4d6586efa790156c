import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Explanation } from "../../src/telemetry/explanation.ts";
import type { ExplainReply, ReplayReply, TracesReply } from "../../workers/control/schema/explanation.ts";
import { type PlaceName, places, startWorld, type World, waitFor } from "./world/world.ts";

const REQUESTS = 1000;
const CLIENTS = 20;
/** A trace is found so long after its request. */
const FOUND_WITHIN_MS = 5000;

const names = Object.keys(places) as PlaceName[];

describe("a settled world", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ nodes: 2 });
  });
  afterAll(() => world?.stop());

  const traceOf = (id: string) => world.api("GET", `/routes/traces/${id}`);
  const found = (id: string) =>
    waitFor(async () => (await traceOf(id)).status === 200, FOUND_WITHIN_MS, `the trace of ${id}`);

  it(`explains ${REQUESTS} requests by the decisions that were taken`, async () => {
    const taken = new Map<string, string>();
    let next = 0;
    const client = async () => {
      for (let i = next++; i < REQUESTS; i = next++) {
        const ip = `203.0.113.${i % 250}`;
        const response = await world.get(`/?i=${i}`, { place: names[i % names.length] as PlaceName, ip });
        await response.arrayBuffer();
        expect(response.status).toBe(200);
        taken.set(response.headers.get("x-request-id") ?? "", response.headers.get("x-novacron-backend") ?? "");
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    expect(taken.size).toBe(REQUESTS);
    const ids = [...taken.keys()];
    await found(ids.at(-1) ?? "");

    const differing: unknown[] = [];
    const ask = async () => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        await found(id);
        const { status, body } = await world.api("POST", "/routes/explain", { requestId: id });
        expect(status, JSON.stringify(body)).toBe(200);
        const { explanation, agrees } = body as ExplainReply;
        const { decision } = explanation;
        const backend = decision.kind === "chosen" ? decision.backend : decision.kind;
        if (backend !== taken.get(id) || agrees !== true) differing.push({ id, took: taken.get(id), decision });
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, ask));
    expect(differing).toEqual([]);
  });

  it("names what changes when a region is lost: in an explanation and in a replay", async () => {
    const response = await world.get("/orders?token=geheim", { place: "eu-central-1" });
    const id = response.headers.get("x-request-id") ?? "";
    await found(id);
    const trace = (await traceOf(id)).body as Explanation;
    expect(trace).toMatchObject({ request: { path: "/orders" }, decision: { region: "eu-central-1" } });
    expect(JSON.stringify(trace)).not.toContain("geheim");
    const down = { regions: ["eu-central-1"] };
    const explained = await world.api("POST", "/routes/explain", { requestId: id, down });
    const { agrees, explanation } = explained.body as ExplainReply;
    expect(agrees).toBe(false);
    expect(explanation.candidates).toContainEqual(
      expect.objectContaining({ region: "eu-central-1", kind: "refused", reason: "down" }),
    );
    const replayed = (await world.api("POST", "/routes/replay", { down, colo: "FRA", limit: 20 })).body as ReplayReply;
    expect(replayed.changes).toBe(20);
    expect(new Set(replayed.items.map(({ why }) => why))).toEqual(new Set(["eu-central-1: down"]));
  });

  it("tells a malformed, an unknown and an expired id apart, and lists what is there", async () => {
    const recent = (await world.api("GET", "/routes/traces?colo=FRA&limit=5")).body as TracesReply;
    expect(recent.items).toHaveLength(5);
    const id = recent.items[0]?.requestId ?? "";
    const unknown = id.slice(0, 12) + "0".repeat(20);
    const twoHoursAgo = (Number.parseInt(id.slice(4, 12), 16) - 7200).toString(16);
    const expired = id.slice(0, 4) + twoHoursAgo + "0".repeat(20);
    const answers = await Promise.all(["no-id", unknown, expired].map(traceOf));
    expect(answers.map(({ status }) => status)).toEqual([400, 404, 410]);
  });
});
