import { describe, expect, it } from "vitest";
import { admit } from "../../../src/routing/admit.ts";
import { decide } from "../../../src/routing/decide.ts";
import { replay } from "../../../src/telemetry/replay.ts";
import { makeTrace, type Trace } from "../../../src/telemetry/trace.ts";
import { calm, down, testSnapshot, testTable, testView } from "../../fakes/world.ts";
import { type Asked, inquiry, NOW } from "./inquiries.ts";

const table = testTable();
const snapshot = testSnapshot(table);
const course = { outcome: "forwarded", status: 200, tries: [], gaveUp: null, hedges: 0, totalMs: 1, backendMs: 1 };

function traced(asked: Asked): Trace {
  const { facts, bound, now: at, draw } = inquiry(asked);
  const admitted = admit(snapshot, facts, at);
  const request = admitted.kind === "admitted" ? { ...admitted, bound } : null;
  const verdict = request
    ? decide(testView(snapshot), request, at, draw)
    : (admitted as Exclude<typeof admitted, { kind: "admitted" }>);
  return makeTrace(
    "sampled",
    { requestId: "0".repeat(32), facts, snapshot, stale: false, local: calm, request, verdict, at, draw },
    [],
    course,
  );
}

const near = traced({});
const far = traced({ place: { country: "JP", continent: "AS", colo: "NRT" } });
const undecided: Trace = { ...near, recorded: null };
/** That the shield held would be decided now, and was not then. */
const held: Trace = { ...near, explanation: { ...near.explanation, decision: { kind: "not-reached" } } };

describe("replay", () => {
  it("of the same table changes nothing", () => {
    expect(replay(snapshot, testSnapshot(table), [near, far, undecided, held])).toEqual({
      requests: 2,
      undecided: 2,
      moves: [],
      changes: 0,
      items: [],
    });
  });

  const blacklist = { "203.0.113.0/24": { reason: "test", createdAt: NOW - 1, expiresAt: null } };
  it.each([
    ["a drain", { regions: { "eu-central-1": { state: "draining" } } }, "eu-west-2", "eu-central-1: draining"],
    ["a dial of 0", { regions: { "eu-central-1": { dialPercent: 0 } } }, "eu-west-2", "eu-central-1: dial-0"],
    ["another policy", { services: { api: { policy: "hash" } } }, null, "the policy is hash, no longer latency"],
    ["a new entry of the blacklist", { blacklist }, "blocked", "the client is on the blacklist (203.0.113.0/24)"],
    [
      "residency without a rule",
      { services: { api: { residency: "required" } }, residency: { "eu-eea": null } },
      "refused",
      "the table has no residency rule for eu-eea",
    ],
    [
      "a faster region",
      { latency: { "colo:FRA": { "sa-east-1": 1 } } },
      "sa-east-1",
      "the share of eu-central-1 is 0.0%, not 100.0%",
    ],
  ])("names the rule: %s", (_name, patch, to, why) => {
    const { moves, items, changes } = replay(snapshot, testSnapshot(testTable({ patch })), [near]);
    expect(changes).toBe(1);
    expect(items[0]?.why).toBe(why);
    if (to !== null) expect(moves).toEqual([{ from: "eu-central-1", to, requests: 1 }]);
  });

  it("names the loss of a region, and leaves alone who was not there", () => {
    const lost = testSnapshot(table, new Map([["eu-central-1-a", down()]]));
    const { changes, requests, items } = replay(snapshot, lost, [near, far]);
    expect([changes, requests, items[0]?.why]).toEqual([1, 2, "eu-central-1: down"]);
  });
});
