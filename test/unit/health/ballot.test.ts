import { describe, expect, it } from "vitest";
import { type Ballots, cast } from "../../../src/health/ballot.ts";
import type { Vantage } from "../../../src/table/region.ts";
import type { Vote } from "../../../src/table/verdict.ts";
import { seeded } from "../table/tables.ts";
import { now, vote } from "./votes.ts";

const report = (vantage: Vantage, said: Partial<Vote> = {}, backend = "use1-a") => ({
  backend,
  vote: vote(vantage, said),
});
const take = (ballots: Ballots, reports: unknown, at = now) => cast(seeded.backends, ballots, reports, at);
const none: Ballots = new Map();

describe("a vote", () => {
  it("stands beside those of other vantages, and in place of the one before", () => {
    const { ballots } = take(none, [report("weur"), report("enam"), report("weur", { status: "down" })]);
    const ballot = [...(ballots.get("use1-a")?.values() ?? [])];
    expect(ballot.map(({ vote, heardAt }) => [vote.vantage, vote.status, heardAt])).toEqual([
      ["weur", "down", now],
      ["enam", "up", now],
    ]);
  });

  it("that was overtaken by a later one of its vantage is left out", () => {
    const { ballots } = take(none, [report("weur", { checkedAt: 5 })]);
    expect(take(ballots, [report("weur", { checkedAt: 4, status: "down" })]).taken).toEqual([]);
    expect(take(ballots, [report("enam", { checkedAt: 4, status: "down" })]).taken).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ["an unknown backend", report("weur", {}, "nobody")],
    ["an inherited name", report("weur", {}, "constructor")],
    ["an unknown vantage", report("local" as Vantage)],
    ["no status", { backend: "use1-a", vote: { ...vote("weur"), status: undefined } }],
    ["a field too many", { backend: "use1-a", vote: { ...vote("weur"), colour: "red" } }],
    ["nothing", null],
  ])("of %s is left out, and the others count", (_, wrong) => {
    const { taken } = take(none, [wrong, report("weur", {}, "use1-b")]);
    expect(taken.map(({ backend }) => backend)).toEqual(["use1-b"]);
  });

  it.each([null, undefined, {}, "reports", 7])("that is %j is nothing", (reports) => {
    expect(take(none, reports).taken).toEqual([]);
  });

  it("from a clock that is ahead counts as of now, and shuts out none that follow", () => {
    const { ballots } = take(none, [report("weur", { checkedAt: now * 2 })]);
    expect(ballots.get("use1-a")?.get("weur")?.vote.checkedAt).toBe(now);
    expect(take(ballots, [report("weur", { checkedAt: now + 1 })], now + 1).taken).toHaveLength(1);
  });

  it("doubts once, when its vantage has begun to confirm a failure", () => {
    const failing = { confirming: true, detail: "503; failure 1 of 3" };
    const first = take(none, [report("weur", failing), report("weur")]);
    expect(first.doubted).toEqual([{ backend: "use1-a", detail: "503; failure 1 of 3" }]);
    const second = take(take(none, [report("weur", failing)]).ballots, [report("weur", failing)]);
    expect(second.doubted).toEqual([]);
  });
});
