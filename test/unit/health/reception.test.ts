import { describe, expect, it } from "vitest";
import { type HeldVerdict, RECORD_EVERY_MS, settleAll } from "../../../src/health/reception.ts";
import type { Load, Vote } from "../../../src/table/verdict.ts";
import { idle, now, vote } from "./votes.ts";

/** After three vantages have said so, each the same. */
function take(held: ReadonlyMap<string, HeldVerdict>, said: Partial<Vote>, at = now, loadsDue = true) {
  const votes = (["weur", "enam", "oc"] as const).map((vantage) => [vantage, vote(vantage, said)] as const);
  const ballot = new Map(votes.map(([vantage, vote]) => [vantage, { vote, heardAt: at }] as const));
  return settleAll(["use1-a"], new Map([["use1-a", ballot]]), held, at, loadsDue);
}

const checkedAt = now - 1000;
const first = take(new Map(), { checkedAt }, now);

describe("a decision", () => {
  it.each<[string, Partial<Vote>, string]>([
    ["of the same, later", {}, ""],
    ["of another latency", { latencyMs: 500 }, ""],
    ["of another detail", { detail: "204" }, ""],
    ["of a load that hardly moved", { load: { ...idle, cpu: 0.149 } }, ""],
    ["of a load that moved", { load: { ...idle, inFlight: 0.15 } }, "published"],
    ["of a load that fell", { load: { ...idle, disk: 0.05 } }, "published"],
    ["without a load, where there was one", { load: null }, "published"],
    ["of a change of status", { status: "down" }, "published recorded"],
    ["ten minutes later", { checkedAt: checkedAt + RECORD_EVERY_MS }, "recorded"],
    ["just under ten minutes later", { checkedAt: checkedAt + RECORD_EVERY_MS - 1 }, ""],
  ])("%s", (_, said, expected) => {
    const { changed, publish, records, held } = take(first.held, said, now + RECORD_EVERY_MS);
    const found = [publish && "published", records.length > 0 && "recorded"].filter(Boolean).join(" ");
    expect(found).toBe(expected);
    expect(changed.size > 0).toBe(expected !== "");
    expect(held.get("use1-a")?.live.detail).toBe(said.detail ?? "200");
  });

  it("is published and recorded when it is a backend's first", () => {
    expect(first.publish).toBe(true);
    expect(first.records).toMatchObject([{ backend: "use1-a", verdict: { status: "up" } }]);
  });

  it("is published when fewer are left than are needed to be sure, though its status stands", () => {
    const { publish, held } = settleAll(["use1-a"], new Map(), first.held, now, true);
    expect(publish).toBe(true);
    expect(held.get("use1-a")?.published).toMatchObject({ status: "up", votes: { up: 0, confidence: "low" } });
  });

  it("waits with a load that moved until loads are due, and with nothing else", () => {
    const moved: Load = { ...idle, cpu: 0.9 };
    expect(take(first.held, { load: moved }, now, false).publish).toBe(false);
    expect(take(first.held, { status: "down" }, now, false).publish).toBe(true);
  });
});

it("a load that drifts slowly is published once it has moved far enough from what was published", () => {
  let state = first.held;
  const published: number[] = [];
  for (let step = 1; step <= 10; step++) {
    const intake = take(state, { load: { ...idle, cpu: 0.1 + step / 50 } });
    if (intake.publish) published.push(step);
    state = intake.held;
  }
  // 0.02 a step: every third step passes 0.05.
  expect(published).toEqual([3, 6, 9]);
  expect(state.get("use1-a")?.live.load?.cpu).toBeCloseTo(0.3);
  expect(state.get("use1-a")?.published.load?.cpu).toBeCloseTo(0.28);
});
