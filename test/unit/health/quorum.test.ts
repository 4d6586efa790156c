import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VOTE_LIFETIME_MS } from "../../../src/health/hysteresis.ts";
import { type HeldVote, nextLapseAt, settle } from "../../../src/health/quorum.ts";
import { locationHints } from "../../../src/table/region.ts";
import { type Verdict, verdictSchema } from "../../../src/table/verdict.ts";
import { held, idle, now, vote } from "./votes.ts";

const standing = (status: Verdict["status"]): Verdict => ({
  status,
  since: 7,
  recoveredAt: null,
  checkedAt: 7,
  latencyMs: 1,
  load: null,
  vantage: "weur",
  detail: "of before",
  votes: { up: 11, down: 0, confidence: "full" },
});

/** `u` or `d` for each vantage, `-` for one that is silent. */
const ballots = (letters: string, minLength = 0) =>
  fc.array(fc.constantFrom(...letters), { minLength, maxLength: locationHints.length }).map((each) => each.join(""));
const statuses = fc.constantFrom(null, "up", "down");
const settled = (before: Verdict["status"] | null, votes: readonly HeldVote[]) =>
  settle(before && standing(before), votes, now);

describe("a verdict", () => {
  it.each([
    ["of all", null, "uuuuuuuuuuu", "up", "11 up, 0 down, full"],
    ["of the only one that looked", null, "d", "down", "0 up, 1 down, low"],
    ["of two", "up", "dd", "down", "0 up, 2 down, low"],
    ["of three, which is enough to be sure", "up", "ddd", "down", "0 up, 3 down, full"],
    ["of most, while one lies", "up", "uuuuuuuuuud", "up", "10 up, 1 down, full"],
    [
      "of most, while one does not see what the others see",
      "up",
      "dddddddddDu".toLowerCase(),
      "down",
      "1 up, 10 down, full",
    ],
    ["of a half that sees it and a smaller half that does not", "up", "uuuuuuddddd", "up", "6 up, 5 down, full"],
    ["of a half that does not and a smaller half that does", "up", "uuuuudddddd", "down", "5 up, 6 down, full"],
    ["in a tie is the one of before, up", "up", "uudd", "up", "2 up, 2 down, full"],
    ["in a tie is the one of before, down", "down", "uudd", "down", "2 up, 2 down, full"],
    ["in a tie and none before is none", null, "ud", null, ""],
    ["of those that can be reached", "up", "u----dddd--", "down", "1 up, 4 down, full"],
    ["of nobody is the one of before, and unsure", "up", "-----------", "up", "0 up, 0 down, low"],
    ["of nobody and none before is none", null, "--", null, ""],
  ] as const)("%s", (_, before, votes, status, expected) => {
    const verdict = settled(before, held(votes));
    expect(verdict?.status ?? null).toBe(status);
    if (verdict) {
      const { up, down, confidence } = verdict.votes;
      expect(`${up} up, ${down} down, ${confidence}`).toBe(expected);
    }
  });

  it("is dated when it changes, and begins a recovery when it rises", () => {
    const fallen = settled("up", held("ddd"));
    expect(fallen).toMatchObject({ since: now, recoveredAt: null, load: null, detail: "503" });
    expect(settle(fallen, held("ddd"), now + 5)).toMatchObject({ since: now });
    const risen = settle(fallen, held("uuu"), now + 9);
    expect(risen).toMatchObject({ since: now + 9, recoveredAt: now + 9, load: idle });
    expect(settle(risen, held("uuu"), now + 15)).toMatchObject({ since: now + 9, recoveredAt: now + 9 });
    expect(settled(null, held("uuu"))?.recoveredAt).toBeNull();
  });

  it("has the latency in the middle, and the words and the load of the vantage that looked last", () => {
    const said = [
      vote("weur", { latencyMs: 10, checkedAt: now - 3000 }),
      vote("oc", { latencyMs: 300, checkedAt: now - 1000, detail: "204", load: null }),
      vote("enam", { latencyMs: 80, checkedAt: now - 2000, load: { ...idle, cpu: 0.9 } }),
      vote("afr", { latencyMs: null, checkedAt: now, status: "down", detail: "connection failed", load: null }),
    ];
    const verdict = settled(
      null,
      said.map((vote) => ({ vote, heardAt: now })),
    );
    expect(verdict).toMatchObject({ latencyMs: 80, vantage: "oc", detail: "204", load: { cpu: 0.9 } });
    expect(verdict?.checkedAt).toBe(now - 1000);
  });

  it("is never of one vantage, as soon as there are three", () => {
    fc.assert(
      fc.property(ballots("ud", 3), fc.nat(10), statuses, (votes, i, before) => {
        const others = votes.slice(0, i) + votes.slice(i + 1);
        fc.pre(i < votes.length && new Set(others).size === 1);
        expect(settled(before, held(votes))?.status).toBe(others[0] === "u" ? "up" : "down");
      }),
    );
  });

  it("does not depend on the silent", () => {
    fc.assert(
      fc.property(ballots("ud-"), statuses, (votes, before) => {
        const heard = held(votes).filter((_, i) => votes[i] !== "-");
        expect(settled(before, held(votes))).toEqual(settled(before, heard));
      }),
    );
  });

  it("does not depend on who was heard first, and is well-formed", () => {
    fc.assert(
      fc.property(ballots("ud"), statuses, fc.infiniteStream(fc.nat()), (votes, before, order) => {
        const verdict = settled(before, held(votes));
        const shuffled = held(votes)
          .map((vote) => ({ vote, at: order.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ vote }) => vote);
        expect(settled(before, shuffled)).toEqual(verdict);
        if (verdict) expect(verdictSchema.parse(verdict)).toEqual(verdict);
      }),
    );
  });

  it("agrees with its dumb twin", () => {
    fc.assert(
      fc.property(ballots("ud-"), statuses, (votes, before) => {
        const ups = votes.replaceAll(/[^u]/g, "").length;
        const downs = votes.replaceAll(/[^d]/g, "").length;
        const expected = ups > downs ? "up" : downs > ups ? "down" : before;
        expect(settled(before, held(votes))?.status ?? null).toBe(expected);
      }),
    );
  });
});

describe("the next time that votes may lapse", () => {
  const heard = (letters: string): HeldVote[] =>
    held(letters).map(({ vote }, i) => ({ vote, heardAt: now - 1000 * (letters.length - i) }));

  it.each([
    ["of one mind is when two are left", "uuuuu", 2],
    ["of divided ones is the first", "uuudu", 0],
    ["of too few to be sure is the first", "uu", 0],
  ])("%s", (_, votes, i) => {
    expect(nextLapseAt(heard(votes), now)).toBe((heard(votes)[i]?.heardAt ?? 0) + VOTE_LIFETIME_MS);
  });

  it("of none is never", () => {
    expect(nextLapseAt(held("---"), now)).toBe(Number.POSITIVE_INFINITY);
  });

  it("comes no later than the first change that time alone makes", () => {
    const times = fc.array(fc.nat(19_999), { minLength: 11, maxLength: 11 });
    fc.assert(
      fc.property(ballots("ud"), times, statuses, (letters, ages, before) => {
        const votes = held(letters).map(({ vote }, i) => ({ vote, heardAt: now - (ages[i] ?? 0) }));
        const first = settled(before, votes);
        const acts = (verdict: Verdict | null) => [verdict?.status, verdict?.votes.confidence];
        const until = Math.min(nextLapseAt(votes, now), now + VOTE_LIFETIME_MS);
        for (const { heardAt } of votes) {
          const at = heardAt + VOTE_LIFETIME_MS - 1;
          if (at >= now && at < until) expect(acts(settle(first, votes, at))).toEqual(acts(first));
        }
        expect(acts(settle(first, votes, until - 1))).toEqual(acts(first));
      }),
    );
  });
});
