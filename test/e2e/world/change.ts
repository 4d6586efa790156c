import { expect } from "vitest";
import { type World, waitFor } from "./world.ts";

/** Applies a change of the table, and waits until every isolate of the edge has it. */
export async function change(world: World, patch: object): Promise<void> {
  const reply = await world.api("POST", "/table/apply", patch);
  expect(reply, JSON.stringify(reply.body)).toMatchObject({ status: 200 });
  const { epoch } = reply.body as { epoch: number };
  for (const isolate of world.edges.keys()) {
    const health = async () =>
      (await (await world.get("/.well-known/novacron/health", { isolate })).json()) as { epoch: number };
    await waitFor(async () => (await health()).epoch >= epoch, 5000, `edge ${isolate} to have epoch ${epoch}`);
  }
}
