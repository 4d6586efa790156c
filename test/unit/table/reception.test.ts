import { describe, expect, it } from "vitest";
import { type HeldVerdict, RECORD_EVERY_MS, receiveAll } from "../../../src/table/reception.ts";
import type { Load, Verdict } from "../../../src/table/verdict.ts";
import { seeded } from "./tables.ts";

const now = 10_000_000;
const idle: Load = { cpu: 0.1, memory: 0.1, disk: 0.1, network: 0.1, inFlight: 0.1 };
const first: Verdict = {
  status: "up",
  since: 1000,
  checkedAt: 1000,
  latencyMs: 5,
  load: idle,
  recoveredAt: null,
  vantage: "local",
  detail: "200",
};
const report = (verdict: Partial<Verdict>, backend = "use1-a") => ({ backend, verdict: { ...first, ...verdict } });
const take = (held: ReadonlyMap<string, HeldVerdict>, ...reports: unknown[]) =>
  receiveAll(seeded.backends, held, reports, now);
const held = take(new Map(), report({})).held;

describe("a report", () => {
  it.each<[string, Partial<Verdict>, string]>([
    ["of the same, later", { checkedAt: 2000 }, "held"],
    ["of the same, at the same time", {}, "held"],
    ["of another latency", { checkedAt: 2000, latencyMs: 500 }, "held"],
    ["of another detail", { checkedAt: 2000, detail: "204" }, "held"],
    ["of a load that hardly moved", { checkedAt: 2000, load: { ...idle, cpu: 0.149 } }, "held"],
    ["of a load that moved", { checkedAt: 2000, load: { ...idle, inFlight: 0.15 } }, "held published"],
    ["of a load that fell", { checkedAt: 2000, load: { ...idle, disk: 0.05 } }, "held published"],
    ["without a load, where there was one", { checkedAt: 2000, load: null }, "held published"],
    ["of a change of status", { checkedAt: 2000, since: 2000, status: "down" }, "held published recorded"],
    ["of a flap that went unseen", { checkedAt: 2000, since: 1500, recoveredAt: 1500 }, "held published"],
    ["of a status seen since another time", { checkedAt: 2000, since: 1500 }, "held"],
    ["ten minutes later", { checkedAt: 1000 + RECORD_EVERY_MS }, "held recorded"],
    ["just under ten minutes later", { checkedAt: 999 + RECORD_EVERY_MS }, "held"],
    ["that was overtaken", { checkedAt: 999, status: "down" }, ""],
  ])("%s", (_, verdict, expected) => {
    const { received, publish, records } = take(held, report(verdict));
    const found = [received.size > 0 && "held", publish && "published", records.length > 0 && "recorded"];
    expect(found.filter(Boolean).join(" ")).toBe(expected);
  });

  it("is published and recorded when it is a backend's first", () => {
    const { publish, records } = take(new Map(), report({}));
    expect(publish).toBe(true);
    expect(records).toEqual([{ backend: "use1-a", verdict: first }]);
  });

  it.each<[string, unknown]>([
    ["an unknown backend", report({}, "nobody")],
    ["an inherited name", report({}, "constructor")],
    ["no status", { backend: "use1-a", verdict: { ...first, status: undefined } }],
    ["a field too many", { backend: "use1-a", verdict: { ...first, colour: "red" } }],
    ["nothing", null],
  ])("of %s is left out, and the others count", (_, wrong) => {
    const { received } = take(new Map(), wrong, report({}, "use1-b"));
    expect([...received]).toEqual(["use1-b"]);
  });

  it.each([null, undefined, {}, "reports", 7])("that is %j is nothing", (reports) => {
    expect(receiveAll(seeded.backends, held, reports, now).received.size).toBe(0);
  });

  it("from a clock that is ahead counts as of now, and shuts out none that follow", () => {
    const ahead = take(held, report({ checkedAt: now * 2 })).held;
    expect(ahead.get("use1-a")?.live.checkedAt).toBe(now);
    const later = receiveAll(seeded.backends, ahead, [report({ checkedAt: now + 1, status: "down" })], now + 1);
    expect(later.held.get("use1-a")?.live.status).toBe("down");
  });
});

it("a load that drifts slowly is published once it has moved far enough from what was published", () => {
  let state = held;
  const published: number[] = [];
  for (let step = 1; step <= 10; step++) {
    const intake = take(state, report({ checkedAt: 1000 + step, load: { ...idle, cpu: 0.1 + step / 50 } }));
    if (intake.publish) published.push(step);
    state = intake.held;
  }
  // 0.02 a step: every third step passes 0.05.
  expect(published).toEqual([3, 6, 9]);
  expect(state.get("use1-a")?.live.load?.cpu).toBeCloseTo(0.3);
  expect(state.get("use1-a")?.published.load?.cpu).toBeCloseTo(0.28);
});

it("several reports of one backend in one call count in order", () => {
  const { held: next, records } = take(
    held,
    report({ checkedAt: 3000, status: "down" }),
    report({ checkedAt: 2000 }),
    report({ checkedAt: 4000 }),
  );
  expect(records.map(({ verdict }) => `${verdict.checkedAt} ${verdict.status}`)).toEqual(["3000 down", "4000 up"]);
  expect(next.get("use1-a")?.live).toMatchObject({ checkedAt: 4000, status: "up" });
  expect(held.get("use1-a")?.live).toEqual(first);
});
