import fc from "fast-check";
import { expect, it } from "vitest";
import { DELAYS } from "../../../../src/dns/dnssec/delays.ts";
import type { KeyRole } from "../../../../src/dns/dnssec/dnskey.ts";
import {
  confirmDs,
  dsKeys,
  firstKeys,
  type NewKeyTimes,
  planRollover,
  withdraw,
} from "../../../../src/dns/dnssec/rollover.ts";
import { isPublished, isSigned, stateOf, type ZoneKey } from "../../../../src/dns/dnssec/zone-key.ts";

const START = Date.UTC(2026, 10, 25);
const SECOND = 1000;
const HOUR = 3600 * SECOND;

let tags = 0;
const keyOf = (times: NewKeyTimes): ZoneKey => ({
  ...times,
  tag: ++tags,
  publicKey: new Uint8Array(64).fill(tags),
  dsSeenAt: null,
  retiredAt: null,
  removedAt: null,
});

const fresh = () => firstKeys(START, DELAYS).map(keyOf) as [ZoneKey, ZoneKey];

/** A zone whose DS the parent has, and the time then. */
function established(): { keys: readonly ZoneKey[]; now: number } {
  const [ksk, zsk] = fresh();
  const now = ksk.dsDueAt ?? 0;
  const confirmed = confirmDs([ksk, zsk], ksk.tag, now, DELAYS);
  if (!confirmed.ok) throw new Error(confirmed.error.kind);
  return { keys: confirmed.value, now };
}

function roll(keys: readonly ZoneKey[], role: KeyRole, now: number) {
  const plan = planRollover(keys, role, now, DELAYS);
  if (!plan.ok) throw new Error(plan.error.kind);
  return { phases: plan.value.phases, keys: [...plan.value.kept, keyOf(plan.value.added)] };
}

const states = (keys: readonly ZoneKey[], role: KeyRole, now: number) =>
  keys.filter((key) => key.role === role).map((key) => stateOf(key, now));

it("a new zone signs at once, and its DS waits for what caches have of the time before", () => {
  const keys = fresh();
  expect(keys.map((key) => stateOf(key, START))).toEqual(["active", "active"]);
  expect(dsKeys(keys, START + 24 * HOUR)).toEqual([]);
  expect(dsKeys(keys, START + 24 * HOUR + 900 * SECOND)).toEqual([keys[0]]);
  expect(confirmDs(keys, keys[0].tag, START, DELAYS)).toEqual({
    ok: false,
    error: { kind: "too-early", at: START + 24 * HOUR + 900 * SECOND },
  });
  expect(confirmDs(keys, keys[1].tag, START + 48 * HOUR, DELAYS)).toEqual({
    ok: false,
    error: { kind: "no-such-key" },
  });
});

it("a ZSK is published before it signs, and stays until nothing that it has signed is left", () => {
  const { keys: before, now } = established();
  const { keys, phases } = roll(before, "zsk", now);
  expect(phases.map(({ kind, at }) => [kind, (at ?? 0) - now])).toEqual([
    ["publish", 0],
    ["sign", 4500 * SECOND],
    ["remove", (4500 + 900 + 86_400) * SECOND],
  ]);
  expect(states(keys, "zsk", now)).toEqual(["active", "published"]);
  expect(states(keys, "zsk", now + 4500 * SECOND - 1)).toEqual(["active", "published"]);
  expect(states(keys, "zsk", now + 4500 * SECOND)).toEqual(["retired", "active"]);
  expect(states(keys, "zsk", now + 91_800 * SECOND)).toEqual(["removed", "active"]);
  expect(planRollover(keys, "zsk", now + HOUR, DELAYS)).toEqual({
    ok: false,
    error: { kind: "under-way", until: now + 91_800 * SECOND },
  });
  expect(roll(keys, "zsk", now + 91_800 * SECOND).keys).toHaveLength(3);
});

it("a KSK is rolled over in the time that the person takes who changes the DS", () => {
  const { keys: before, now } = established();
  const { keys, phases } = roll(before, "ksk", now);
  const [old, next] = keys.filter(({ role }) => role === "ksk") as [ZoneKey, ZoneKey];
  expect(phases.map(({ kind, at }) => [kind, at === null ? null : at - now])).toEqual([
    ["publish", 0],
    ["submit-ds", 4500 * SECOND],
    ["confirm-ds", null],
    ["remove", null],
  ]);
  expect(states(keys, "ksk", now)).toEqual(["active", "active"]);
  expect(dsKeys(keys, now).map(({ tag }) => tag)).toEqual([old.tag]);
  const due = now + 4500 * SECOND;
  expect(dsKeys(keys, due).map(({ tag }) => tag)).toEqual([next.tag]);
  expect(confirmDs(keys, next.tag, due - 1, DELAYS)).toEqual({ ok: false, error: { kind: "too-early", at: due } });
  expect(planRollover(keys, "ksk", due, DELAYS)).toEqual({ ok: false, error: { kind: "under-way", until: null } });
  const seen = due + 48 * HOUR;
  const confirmed = confirmDs(keys, next.tag, seen, DELAYS);
  if (!confirmed.ok) throw new Error(confirmed.error.kind);
  expect(states(confirmed.value, "ksk", seen + 25 * HOUR - 1)).toEqual(["active", "active"]);
  expect(states(confirmed.value, "ksk", seen + 25 * HOUR)).toEqual(["removed", "active"]);
  // Said twice, it does not begin again.
  expect(confirmDs(confirmed.value, next.tag, seen + HOUR, DELAYS)).toEqual({ ok: true, value: confirmed.value });
});

it("what has no chain of trust is not rolled over", () => {
  expect(planRollover([], "zsk", START, DELAYS)).toEqual({ ok: false, error: { kind: "unsigned" } });
  expect(planRollover(fresh(), "ksk", START, DELAYS)).toEqual({ ok: false, error: { kind: "ds-not-seen" } });
});

it("a zone that the parent no longer points at is signed until caches have forgotten the DS", () => {
  const { keys, now } = established();
  const leaving = withdraw(keys, now, DELAYS);
  expect(dsKeys(leaving, now)).toEqual([]);
  expect(isSigned(leaving, now + 25 * HOUR - 1)).toBe(true);
  expect(isSigned(leaving, now + 25 * HOUR)).toBe(false);
});

/**
 * Validators as they are at worst: what each holds, it got at any time within its TTL, from an edge that had read the
 * keys at any time within the propagation. Whatever the order of rollovers, the chain must hold for all of them.
 */
it("at no moment of any rollovers does a cache hold what its other caches cannot check", () => {
  const step = fc.record({ role: fc.constantFrom<KeyRole>("ksk", "zsk"), waitMs: fc.nat({ max: 40 * HOUR }) });
  const upTo = (seconds: number) =>
    fc.oneof(fc.nat({ max: Math.min(HOUR, seconds * SECOND) }), fc.nat({ max: seconds * SECOND }));
  const ages = fc.record({
    event: fc.nat(),
    sinceMs: fc.oneof(fc.nat({ max: 2 * HOUR }), fc.nat({ max: 60 * HOUR })),
    keysAgeMs: upTo(DELAYS.dnskeyTtlSeconds),
    dataAgeMs: upTo(DELAYS.maxTtlSeconds),
    dsAgeMs: upTo(DELAYS.dsTtlSeconds + DELAYS.parentPropagationSeconds),
    staleMs: fc.tuple(upTo(DELAYS.propagationSeconds), upTo(DELAYS.propagationSeconds)),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.array(ages, { minLength: 20, maxLength: 20 }), (steps, caches) => {
      const written = operate(steps);
      const keysAt = (at: number) => written.findLast((each) => each.at <= at)?.keys ?? [];
      const dsAt = (at: number) => written.findLast((each) => each.at <= at)?.ds ?? null;
      for (const { event, sinceMs, keysAgeMs, dataAgeMs, dsAgeMs, staleMs } of caches) {
        const now = Math.max(START + 200 * HOUR, (written[event % written.length] as Written).at) + sinceMs;
        const keysGotAt = now - keysAgeMs;
        const published = keysAt(keysGotAt - staleMs[0]).filter((key) => isPublished(key, keysGotAt));
        const dataGotAt = now - dataAgeMs;
        const signing = keysAt(dataGotAt - staleMs[1]).filter(
          (key) => key.role === "zsk" && stateOf(key, dataGotAt) === "active",
        );
        expect(signing.length).toBeGreaterThan(0);
        for (const key of signing) expect(published.map(({ tag }) => tag)).toContain(key.tag);
        const signingKeys = published.filter((key) => key.role === "ksk" && stateOf(key, keysGotAt) === "active");
        expect(signingKeys.map(({ tag }) => tag)).toContain(dsAt(now - dsAgeMs));
      }
    }),
    { numRuns: 300 },
  );
});

interface Written {
  readonly at: number;
  readonly keys: readonly ZoneKey[];
  /** What the parent has: changed when the plan allows it, and then said. */
  readonly ds: number | null;
}

/** An operator who begins whatever they may, and does what a plan asks of them as soon as it does. */
function operate(steps: readonly { readonly role: KeyRole; readonly waitMs: number }[]): readonly Written[] {
  const first = established();
  const log: Written[] = [{ at: first.now, keys: first.keys, ds: first.keys[0]?.tag ?? null }];
  let now = first.now + 300 * HOUR;
  for (const { role, waitMs } of steps) {
    const { keys, ds } = log.at(-1) as Written;
    const plan = planRollover(keys, role, now, DELAYS);
    if (plan.ok) log.push({ at: now, keys: [...plan.value.kept, keyOf(plan.value.added)], ds });
    now += waitMs;
    const [due] = dsKeys(log.at(-1)?.keys ?? [], now);
    const confirmed = due && confirmDs(log.at(-1)?.keys ?? [], due.tag, now, DELAYS);
    if (due && confirmed?.ok) log.push({ at: now, keys: confirmed.value, ds: due.tag });
  }
  return log;
}
