import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cidr, parseCidr } from "../../../../src/base/ip.ts";
import type { Ban } from "../../../../src/shield/ban/ban.ts";
import {
  enlist,
  isUnlisted,
  NEAR_END_MS,
  shortened,
  TAKEN_OVER_MS,
  takenOut,
} from "../../../../src/shield/ban/enlist.ts";
import { unknownOffender } from "../../../../src/shield/ban/escalation.ts";
import type { Evidence } from "../../../../src/shield/ban/evidence.ts";
import { type Case, judge } from "../../../../src/shield/ban/judge.ts";
import { suspectsOf } from "../../../../src/shield/ban/suspects.ts";
import { lengthOf, nextInWords, reasonOf } from "../../../../src/shield/ban/words.ts";
import { MAX_ADDRESS_RULES } from "../../../../src/table/address-rule.ts";
import { sparedBy } from "./spared-lists.ts";

const NOW = 1e12;
const cidr = (text: string): Cidr => {
  const read = parseCidr(text);
  if (!read.ok) throw new Error(read.error);
  return read.value;
};
const evidence: Evidence = {
  kind: "attack",
  attack: "a-1",
  service: "api",
  since: NOW - 1000,
  at: NOW,
  perSecond: 900,
  usualPerSecond: 0,
  shareOfExcess: 0.9,
  clients: 1,
};
const trial = (over: Partial<Case> = {}) =>
  judge({
    cidr: cidr("192.0.2.7/32"),
    evidence,
    offender: unknownOffender,
    spared: sparedBy(),
    reach: { touches: 0, touched: 0, mayTouch: 1 },
    now: NOW,
    ...over,
  });

describe("the verdict", () => {
  it("is a ban for somebody who is new, however few are known", () => {
    expect(trial()).toMatchObject({ kind: "ban", offence: 1, seconds: 3600 });
  });

  it("is a ban for one good client, and a question to a person for a second one where few are known", () => {
    expect(trial({ reach: { touches: 1, touched: 0, mayTouch: 1 } })).toMatchObject({ kind: "ban" });
    expect(trial({ reach: { touches: 1, touched: 1, mayTouch: 1 } })).toMatchObject({ kind: "propose", wouldTouch: 2 });
  });

  it("is a ban for somebody new even where others touch all that may be touched", () => {
    expect(trial({ reach: { touches: 0, touched: 1, mayTouch: 1 } })).toMatchObject({ kind: "ban" });
  });

  it("is nothing where nothing new is said", () => {
    expect(trial({ offender: { ...unknownOffender, forgivenUntil: NOW } })).toEqual({ kind: "known" });
  });

  it("spares the allowlist, whatever is said", () => {
    const by = { cidr: "192.0.2.0/24", bot: null };
    expect(trial({ spared: sparedBy({ allowlist: [by.cidr] }) })).toEqual({ kind: "spare", by });
  });

  it("spares verified bots, and what holds one", () => {
    const by = { cidr: "192.0.2.7/32", bot: "Googlebot" };
    const spared = sparedBy({ bots: [by.cidr] });
    for (const each of [by.cidr, "192.0.2.0/24"])
      expect(trial({ cidr: cidr(each), spared })).toEqual({ kind: "spare", by });
  });
});

const address = fc.tuple(fc.nat(3), fc.nat(20)).map(([net, host]) => `192.0.${net}.${host}`);
const v6 = fc.tuple(fc.nat(2), fc.nat(9)).map(([net, host]) => `2001:db8:${net || 7}:${host || 1}::/64`);
const client = fc.oneof(address, v6);
const entry = fc.oneof(
  client.map((each) => cidr(each).text),
  fc.constantFrom("192.0.0.0/24", "192.0.1.0/28", "2001:db8:7::/48", "2001:db8:1:1::1/128", "192.0.2.0/25"),
);

it("whatever reports say, nothing is banned that the allowlist or a verified bot holds, or that holds a part of them", () => {
  const culprits = fc.array(fc.record({ client, perSecond: fc.nat(1000), usualPerSecond: fc.nat(3) }), {
    maxLength: 60,
  });
  let banned = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { maxLength: 6 }),
      culprits,
      fc.nat(5000),
      fc.boolean(),
      (allowed, seen, actual, isKnown) => {
        const half = allowed.length >> 1;
        const spared = sparedBy({ allowlist: allowed.slice(0, half), bots: allowed.slice(half) });
        // The table may have changed since who explains it was looked for.
        const suspects = suspectsOf(
          { expected: 10, actual, culprits: seen },
          { isSpared: (each) => isKnown && spared.by(each) !== null, holdsGood: () => false, isAlike: () => false },
        );
        for (const suspect of suspects) {
          const verdict = trial({ cidr: suspect.cidr, spared });
          if (verdict.kind !== "ban") continue;
          banned += 1;
          for (const each of allowed) {
            expect(sparedBy({ allowlist: [each] }).by(suspect.cidr)).toBeNull();
            expect(sparedBy({ allowlist: [suspect.cidr.text] }).by(cidr(each))).toBeNull();
          }
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(banned).toBeGreaterThan(100);
});

describe("on its way to the blacklist", () => {
  const ban: Ban = {
    id: "ban-1",
    cidr: "192.0.2.7/32",
    reason: "too much",
    evidence,
    offence: 1,
    by: "shield",
    decidedAt: NOW,
    expiresAt: NOW + 3_600_000,
    touches: 0,
    state: { kind: "deciding" },
  };
  const rule = (expiresAt: number | null, id?: string) => ({
    reason: "by hand",
    createdAt: 1,
    expiresAt,
    ...(id === undefined ? {} : { ban: id }),
  });
  const nobody = sparedBy();
  type Blacklist = Parameters<typeof enlist>[1];
  const enlisted = (bans: readonly Ban[], blacklist: Blacklist, spared = nobody, most = 1000) =>
    enlist(bans, blacklist, spared, NOW, most);

  it("a ban makes an entry", () => {
    const { entries, entered } = enlisted([ban], new Map());
    expect(entries).toEqual({
      "192.0.2.7/32": { reason: "too much", createdAt: NOW, expiresAt: NOW + 3_600_000, ban: "ban-1" },
    });
    expect(entered).toEqual([ban]);
  });

  it.each([
    ["for ever", null],
    ["longer", NOW + 7_200_000],
    ["just as long, as by this ban itself, whose answer was lost", NOW + 3_600_000],
  ])("leaves what is there %s", (_, expiresAt) => {
    const result = enlisted([ban], new Map([[ban.cidr, rule(expiresAt, "ban-1")]]));
    expect(result).toEqual({ entries: {}, entered: [], covered: [ban], waiting: [], refused: [] });
  });

  it("lengthens what the shield itself has there for less", () => {
    expect(enlisted([ban], new Map([[ban.cidr, rule(NOW + 600_000, "ban-0")]])).entered).toEqual([ban]);
  });

  it("leaves a person's shorter entry alone until it is about to end, and comes after it", () => {
    const endsIn = (ms: number) => enlisted([ban], new Map([[ban.cidr, rule(NOW + ms)]]));
    expect(endsIn(TAKEN_OVER_MS + 1)).toMatchObject({ entered: [], covered: [ban] });
    expect(endsIn(TAKEN_OVER_MS)).toMatchObject({ entered: [ban], covered: [] });
    const covered: Ban = { ...ban, state: { kind: "in-force", at: NOW, epoch: null } };
    expect([isUnlisted(ban), isUnlisted(covered), takenOut([covered], new Map(), 9, NOW)]).toEqual([true, true, []]);
    expect(enlisted([covered], new Map()).entered).toEqual([covered]);
  });

  it("waits where the blacklist is full, unless it replaces an entry, and what there is room for is entered", () => {
    const many = Array.from({ length: 5 }, (_, i) => ({ ...ban, id: `ban-${i}`, cidr: `192.0.2.${i}/32` }));
    const others = Array.from({ length: MAX_ADDRESS_RULES - 2 }, (_, i): [string, ReturnType<typeof rule>] => [
      `10.${i}`,
      rule(null),
    ]);
    const held = new Map(others);
    held.set("192.0.2.4/32", rule(NOW + 1, "ban-x"));
    const { entered, waiting } = enlisted(many, held);
    expect([entered, waiting].map((bans) => bans.map(({ id }) => id))).toEqual([
      ["ban-0", "ban-4"],
      ["ban-1", "ban-2", "ban-3"],
    ]);
    expect(enlisted(many, new Map(), nobody, 2)).toMatchObject({ entered: many.slice(0, 2), waiting: [] });
  });

  it.each([
    ["the allowlist", { allowlist: ["192.0.2.0/24"] }, "192.0.2.0/24 is on the allowlist"],
    ["a verified bot", { bots: ["192.0.2.0/24"] }, "192.0.2.0/24 is of Googlebot, a verified bot"],
  ])("is refused where %s has come to hold it", (_, lists, why) => {
    const { entries, refused } = enlisted([ban], new Map(), sparedBy(lists));
    expect([entries, refused]).toEqual([{}, [[ban, why]]]);
  });

  it.each([
    ["a person's that ends sooner", rule(NOW + 600_000), [NOW + 600_000]],
    ["a person's that ends later", rule(NOW + 7_200_000), []],
    ["a person's without end", rule(null), []],
    ["the shield's own", rule(NOW + 600_000, "ban-1"), []],
  ])("in whose place there is %s", (_, held, ends) => {
    const inForce: Ban = { ...ban, state: { kind: "in-force", at: NOW, epoch: 5 } };
    const blacklist = new Map([[ban.cidr, held]]);
    expect(shortened([inForce], blacklist, 5)).toEqual(ends.map((end) => [inForce, end]));
    expect([...shortened([inForce], blacklist, 4), ...shortened([ban], blacklist, 5)]).toEqual([]);
  });

  it("counts as lifted when its entry is gone before its time, in a table that is new enough", () => {
    const inForce: Ban = { ...ban, state: { kind: "in-force", at: NOW, epoch: 5 } };
    expect(takenOut([inForce], new Map(), 5, NOW)).toEqual([inForce]);
    expect(takenOut([inForce], new Map(), 4, NOW)).toEqual([]);
    expect(takenOut([inForce], new Map([[ban.cidr, rule(null)]]), 5, NOW)).toEqual([]);
    expect(takenOut([inForce], new Map(), 5, ban.expiresAt - NEAR_END_MS)).toEqual([]);
    expect(takenOut([ban], new Map(), 5, NOW)).toEqual([]);
  });
});

describe("in words", () => {
  it.each([
    [0, "0 s"],
    [59, "59 s"],
    [3600, "1 h"],
    [5400, "1 h 30 min"],
    [604_800, "7 d"],
    [90_061, "1 d 1 h"],
  ])("%i s are %s", (seconds, words) => expect(lengthOf(seconds)).toBe(words));

  it("says why", () => {
    expect(reasonOf(evidence)).toBe("900 req/s over 3 s, next to nothing before: 90 % of an attack on api");
    expect(reasonOf({ ...evidence, usualPerSecond: 32 })).toMatch("900 req/s over 3 s, at most 32 req/s before:");
    expect(
      reasonOf({ kind: "breach", limit: "per-client", since: 0, at: 1, seconds: 3, offered: 20_000, allowed: 10_000 }),
    ).toBe("20,000 req/s for 3 s, where shield policy per-client allows 10,000 req/s");
  });

  it("says what comes next", () => {
    expect(nextInWords(unknownOffender, false, NOW)).toBe("the next offence is banned for 1 h");
    expect(nextInWords({ offences: 2, endsAt: NOW + 1, forgivenUntil: null }, true, NOW)).toBe(
      "If it is lifted now, the next offence is banned for 2 h; if it runs its time, for 4 h. What it is banned for now is then no evidence any more.",
    );
  });
});
