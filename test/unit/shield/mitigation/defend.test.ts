import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttackReport } from "../../../../src/shield/attack.ts";
import { announce } from "../../../../src/shield/mitigation/announce.ts";
import { attackRecordSchema, MAX_EVENTS, MAX_SCOPES } from "../../../../src/shield/mitigation/attack-record.ts";
import {
  begin,
  defenceOf,
  defend,
  newlyOpen,
  type OpenAttack,
  RELAPSE_WITHIN_MS,
  supersede,
  type Wanted,
  want,
} from "../../../../src/shield/mitigation/defend.ts";
import { isNews, openAttack, takeReport, UNHEARD_MS } from "../../../../src/shield/mitigation/sightings.ts";
import { note } from "../../../../src/shield/mitigation/timeline.ts";
import { viewOf } from "../../../../src/shield/mitigation/view.ts";
import { defenceSchema } from "../../../../src/table/defence.ts";
import { crowd, floodReport, usualCrowd } from "../reports.ts";

const NOW = 1e12;
const usual = usualCrowd(400);
const flood = floodReport({ at: NOW, usual, recent: [...usual.slice(0, 40), ...crowd(360, { country: "XX" })] });
const auto: Wanted = { mode: "auto", most: "block" };

const opened = (report: AttackReport = flood, wanted: Wanted = auto): OpenAttack => ({
  ...newlyOpen(takeReport(openAttack(report, NOW), report, NOW), NOW),
  wanted,
});
const look = (open: OpenAttack, report: AttackReport | null, now: number) =>
  defend(open, report === null ? null : viewOf([report]), [], now);

describe("what is news", () => {
  const { record } = opened();
  const said = (over: Partial<AttackReport>, now = NOW) => isNews(record, { ...flood, ...over }, now);

  it.each<[string, boolean, Partial<AttackReport>]>([
    ["the next second", true, { at: NOW + 1000 }],
    ["its end", true, { at: NOW + 1, state: "ended" }],
    ["another scope", true, { scope: "eu-west-1" }],
    ["another attack of that scope", true, { id: "report-2" }],
    ["a clock that was set back by far", true, { at: NOW - 20_000 }],
    ["the same again", false, {}],
    ["what was said before", false, { at: NOW - 1000 }],
    ["the end of what never began", false, { scope: "eu-west-1", state: "ended" }],
    ["the end of an attack before", false, { id: "report-0", state: "ended" }],
    ["another attack of that scope, of which nothing can be seen now", false, { id: "report-2", severityNow: "none" }],
    ["another scope that sees nothing of it now", false, { scope: "eu-west-1", severityNow: "none" }],
    ["what was held up", false, { at: NOW - 60_001 }],
    ["what is of the future", false, { at: NOW + 60_001 }],
  ])("%s: %s", (_, expected, over) => expect(said(over)).toBe(expected));

  it("is nothing of more scopes than there is room for", () => {
    const scopes = Object.fromEntries(
      Array.from({ length: MAX_SCOPES }, (_, i) => [
        `r${i}`,
        record.scopes.global as NonNullable<typeof record.scopes.global>,
      ]),
    );
    expect(isNews({ ...record, scopes }, flood, NOW)).toBe(false);
  });

  it("of nobody is only that something begins", () => {
    expect(isNews(null, flood, NOW)).toBe(true);
    expect(isNews(null, { ...flood, state: "ended" }, NOW)).toBe(false);
  });
});

describe("several scopes", () => {
  const eu = floodReport({
    scope: "eu-west-1",
    expected: 10,
    actual: 110,
    recent: crowd(50),
    culprits: [{ client: "192.0.2.7", perSecond: 60, usualPerSecond: 1 }],
  });
  const us = { ...eu, scope: "us-east-1", expected: 30, actual: 90, severity: "critical" as const };

  it("add up where nobody sees all, each with the weight of its traffic", () => {
    const view = viewOf([eu, us]);
    expect(view).toMatchObject({ isOfAll: false, expected: 40, actual: 200, severity: "critical", passed: null });
    expect(view?.recent.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(200);
    expect(view?.culprits).toEqual([{ client: "192.0.2.7", perSecond: 120, usualPerSecond: 2 }]);
    expect(
      viewOf([
        { ...eu, passed: 20 },
        { ...us, passed: 30 },
      ])?.passed,
    ).toBe(50);
  });

  it("are what the one that sees all says, where there is one", () => {
    expect(viewOf([eu, flood, us])).toMatchObject({
      isOfAll: true,
      expected: 100,
      actual: 1000,
      severity: "major",
    });
  });

  it("are nothing when all have ended", () => {
    expect(viewOf([{ ...eu, state: "ended" }])).toBeNull();
    expect(viewOf([])).toBeNull();
  });
});

describe("regions alone", () => {
  const moved = { ...flood, scope: "us-east-1", expected: 100, actual: 500, severity: "critical" as const };

  it("are written down and told, and lead to no defence however long they last", () => {
    let open = look(opened(moved), moved, NOW);
    expect(announce(null, open.record, NOW)).toMatchObject([
      { kind: "attack-started", text: expect.stringMatching(/500 req\/s.*on the word of regions alone/) },
    ]);
    const regions = Array.from({ length: MAX_SCOPES }, (_, i) => `region-${i}`);
    const wide = { ...open.record, peak: { ...open.record.peak, regions } };
    expect(announce(null, wide, NOW)[0]?.text).toMatch(/in region-0, .*, region-\d and \d+ more, where .*alone\.$/);
    for (let second = 1; second <= 120; second++) {
      const report = { ...moved, at: NOW + second * 1000 };
      const told = { ...open, record: takeReport(open.record, report, report.at) };
      open = look(told, report, report.at);
      expect(defenceOf(open)).toBeNull();
    }
    expect(open.record).toMatchObject({ state: "ongoing", level: "observe", mostLevel: "observe", signatures: [] });
  });

  it("do not keep up what was done on the word of all", () => {
    let open = look(opened(), flood, NOW);
    expect(defenceOf(open)).not.toBeNull();
    for (let second = 1; second <= 61; second++) {
      const report = { ...moved, at: NOW + second * 1000 };
      open = look({ ...open, record: takeReport(open.record, report, report.at) }, report, report.at);
    }
    expect(defenceOf(open)).toBeNull();
  });
});

describe("what is left of an attack", () => {
  it.each<[string, Partial<AttackReport>]>([
    ["nothing", { severityNow: "none", actual: 130 }],
    ["what asks for nothing", { severityNow: "minor", actual: 130 }],
    ["what is bad, but no more than was expected", { severityNow: "critical", actual: 99 }],
    ["what is bad, and may only have moved", { severityNow: "critical", hasMoved: true }],
  ])("where it is %s: its signature stays, its level falls, and nothing new is chosen", (_, left) => {
    let open = look(opened(), flood, NOW);
    const { signatures } = open.record;
    const rest = { ...flood, ...left, severity: "critical" as const, recent: usual.slice(0, 60) };
    for (let second = 1; second <= 60; second++) {
      open = look(open, { ...rest, at: NOW + second * 1000 }, NOW + second * 1000);
      expect(open.record).toMatchObject({ level: "limit", signatures });
    }
    open = look(open, { ...rest, at: NOW + 61_000 }, NOW + 61_000);
    expect(open.record).toMatchObject({ state: "ongoing", level: "observe", mostLevel: "limit", signatures: [] });
    // What covered it best is still known.
    expect(open.record.best).toMatchObject({ signatures });
    expect(open.record.best?.perSecond).toBeGreaterThan(500);
    const backAt = NOW + 62_000;
    expect(look(open, { ...flood, at: backAt }, backAt).record).toMatchObject({ level: "limit", signatures });
  });
});

describe("traffic that may have moved from one part to another", () => {
  const moved = { ...flood, severity: "critical" as const, hasMoved: true, actual: 130 };

  it("is written down and told, and met by nothing until it is known to have come on top", () => {
    let open = look(opened(moved), moved, NOW);
    expect(announce(null, open.record, NOW)).toMatchObject([
      {
        kind: "attack-started",
        text: expect.stringMatching(/may have moved there from other parts of the traffic\.$/),
      },
    ]);
    expect(open.record.timeline[0]?.what).toMatch(/; it may have moved there from other parts of the traffic$/);
    for (let second = 1; second <= 120; second++) {
      const report = { ...moved, at: NOW + second * 1000 };
      open = look({ ...open, record: takeReport(open.record, report, report.at) }, report, report.at);
      expect([defenceOf(open), open.record.untoldAt]).toEqual([null, undefined]);
    }
    const added = { ...moved, hasMoved: false, at: NOW + 121_000 };
    const met = look({ ...open, record: takeReport(open.record, added, added.at) }, added, added.at);
    expect(defenceOf(met)).toMatchObject({ level: "limit", signatures: [{ match: { country: "XX" } }] });
    expect(announce(open.record, met.record, added.at)).toMatchObject([{ kind: "attack-escalated" }]);
  });

  it("is what all of the traffic says, whatever a region does", () => {
    const region = { ...flood, scope: "eu-west-1", hasMoved: false };
    expect(viewOf([region, moved])?.hasMoved).toBe(true);
    expect(viewOf([{ ...region, hasMoved: true }, flood])?.hasMoved).toBe(false);
  });
});

describe("a defence", () => {
  it("is one that the table takes, from the first look on", () => {
    const next = look(opened(), flood, NOW);
    expect(defenceSchema.safeParse(defenceOf(next)).success).toBe(true);
    expect(defenceOf(next)).toMatchObject({ level: "limit", signatures: [{ match: { country: "XX" } }] });
  });

  it.each<[string, Wanted]>([
    ["the service is gone", null],
    ["it is to be observed", { mode: "auto", most: "observe" }],
    ["a person has set it", { mode: "block", most: "block" }],
  ])("is none where %s", (_, wanted) => {
    expect(defenceOf(look(opened(flood, wanted), flood, NOW))).toBeNull();
  });

  it("keeps its signatures while they tell the attack, and finds others when it changes", () => {
    const first = look(opened(), flood, NOW);
    const second = look(first, flood, NOW + 6000);
    expect(second.record.signatures).toBe(first.record.signatures);
    const other = { ...flood, recent: [...usual.slice(0, 40), ...crowd(360, { agentFamily: "python" })] };
    const third = look(second, other, NOW + 12_000);
    expect(defenceOf(third)?.signatures).toMatchObject([{ match: { agentFamily: "python" } }]);
    expect(third.record.timeline.at(-1)?.what).toMatch(/^now told by agentFamily python/);
  });

  it("does not change what it is told by more often than every five seconds", () => {
    let open = look(opened(), flood, NOW);
    let changes = 0;
    for (let second = 1; second <= 60; second++) {
      const over = second % 2 === 0 ? { country: "XX" } : { agentFamily: "python" };
      const next = look(open, { ...flood, recent: [...usual.slice(0, 40), ...crowd(360, over)] }, NOW + second * 1000);
      if (next.record.signatures !== open.record.signatures) changes += 1;
      open = next;
    }
    expect(changes).toBeGreaterThan(2);
    expect(changes).toBeLessThanOrEqual(12);
  });

  it("is looked for at once against what begins soon after another has ended, whenever that was searched last", () => {
    const observed = look(opened(flood, { mode: "auto", most: "observe" }), flood, NOW);
    const ended = supersede({ ...observed, searchedAt: NOW }, NOW);
    const next = { ...flood, id: "report-2", at: NOW + 1000, startedAt: NOW + 1000 };
    const begun = begin(next, ended, NOW + 1000);
    const met = look({ ...begun, record: takeReport(begun.record, next, NOW + 1000), wanted: auto }, next, NOW + 1000);
    expect(defenceOf(met)?.signatures).toMatchObject([{ match: { country: "XX" } }]);
  });

  it("knows what came back since it was last taken away, and not since regions saw something", () => {
    const at = NOW + RELAPSE_WITHIN_MS + 1;
    const relapsed = { ...opened().stance, relapses: 3, changedAt: NOW, at };
    const last = supersede({ ...opened(), stance: relapsed }, at);
    expect(begin({ ...flood, at }, last, at).stance.relapses).toBe(0);
    expect(begin({ ...flood, at }, last, at - 1).stance.relapses).toBe(3);
  });

  it("is never there for a silence, nor left when all is over, whatever comes", () => {
    const step = fc.record({
      seconds: fc.integer({ min: -5, max: 90 }),
      severity: fc.constantFrom("minor" as const, "major" as const, "critical" as const),
      heard: fc.constantFrom("ongoing" as const, "ended" as const, null),
      direction: fc.constantFrom("flood" as const, "flood" as const, "silence" as const),
    });
    let floods = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const direction = steps[0]?.direction ?? "flood";
        const first = { ...flood, direction, recent: flood.recent.slice(30, 100), usual: usual.slice(0, 60) };
        let open = opened(first);
        let now = NOW;
        for (const { seconds, severity, heard } of steps) {
          now += seconds * 1000;
          const report = { ...first, severity, at: now, state: heard ?? ("ongoing" as const) };
          const isHeard = heard !== null && isNews(open.record, report, now);
          const told = isHeard ? { ...open, record: takeReport(open.record, report, now) } : open;
          const next = look(told, isHeard && heard === "ongoing" ? report : null, now);
          if (next.record.state === "over") break;
          open = next;
          expect(attackRecordSchema.safeParse(open.record).success).toBe(true);
          const defence = defenceOf(open);
          if (defence === null) continue;
          floods += 1;
          expect(direction).toBe("flood");
          expect(defenceSchema.safeParse(defence).success).toBe(true);
        }
        // Nothing is heard any more: at the very longest, calm takes each level away.
        for (let i = 0; i < 120 && open.record.state !== "over"; i++) {
          now += 60_000;
          open = look(open, null, now);
        }
        expect([open.record.state, defenceOf(open)]).toEqual(["over", null]);
      }),
      { numRuns: 150 },
    );
    expect(floods).toBeGreaterThan(20);
  });
});

describe("those whose ban waits for a person", () => {
  const proposal = {
    match: { prefix: "198.18.0.7/32" },
    perSecond: 1,
    covers: 0.1,
    collateral: 0,
    collateralAtMost: 0,
    level: "challenge",
    origin: "proposal",
  } as const;
  const follow = (seconds: number, passed: number, wanted = auto, proposed = [proposal]) => {
    let open = opened(flood, wanted);
    const challenged: number[] = [];
    for (let second = 0; second < seconds; second++) {
      const at = NOW + second * 1000;
      open = defend(open, viewOf([{ ...flood, passed, at }]), proposed, at);
      if (open.record.signatures.some(({ origin }) => origin === "proposal")) challenged.push(second);
    }
    return { open, challenged };
  };

  it("are not challenged while signatures hold the attack, and are when these have had their time and do not", () => {
    expect(follow(60, 101).challenged).toEqual([]);
    const { open, challenged } = follow(60, 900);
    expect(challenged).toEqual(Array.from({ length: 50 }, (_, i) => i + 10));
    // They stay so while the attack does, so that the table does not change by turns; and no longer than a person is asked.
    const held = defend(open, viewOf([{ ...flood, passed: 101, at: NOW + 60_000 }]), [proposal], NOW + 60_000);
    expect(held.record.signatures).toContainEqual(proposal);
    const answered = defend(held, viewOf([{ ...flood, passed: 101, at: NOW + 61_000 }]), [], NOW + 61_000);
    expect(answered.record.signatures).not.toContainEqual(proposal);
  });

  it("are challenged at once where nothing tells the attack", () => {
    const untold = { ...flood, recent: usual.map((each) => ({ ...each, weight: 10 })) };
    const open = defend(opened(), viewOf([untold]), [proposal], NOW);
    expect(defenceOf(open)).toMatchObject({ level: "challenge", signatures: [{ match: proposal.match }] });
  });

  it("are not met by a limit, which all behind an address would share, where no challenge is allowed", () => {
    const { open } = follow(30, 900, { mode: "auto", most: "limit" });
    expect(defenceOf(open)?.signatures).toMatchObject([{ match: { country: "XX" } }]);
    const capped = want(follow(30, 900).open, { mode: "auto", most: "limit" }, NOW + 30_000);
    const next = defend(capped, viewOf([{ ...flood, at: NOW + 30_000 }]), [proposal], NOW + 30_000);
    expect(defenceOf(next)).toMatchObject({ level: "limit", signatures: [{ match: { country: "XX" } }] });
  });
});

describe("a defence against those who are banned", () => {
  const lasts = (isBanned: (client: string) => boolean) => {
    let open = defend(opened(), viewOf([flood]), [], NOW, isBanned);
    for (let second = 1; second <= 120; second++) {
      const at = NOW + second * 1000;
      const quiet = { ...flood, at, severityNow: "none" as const, actual: 100, recent: usual };
      open = defend(open, viewOf([quiet]), [], at, isBanned);
      if (defenceOf(open) === null) return second;
    }
    return null;
  };

  it("goes as soon as nothing of them is seen, and else not before a minute of calm", () => {
    expect(lasts((client) => client.startsWith("198.18."))).toBe(4);
    expect(lasts((client) => client === "198.18.0.7")).toBe(61);
  });
});

it("a client that stands out only after a signature was chosen takes the place of its network in that", () => {
  const one = crowd(1, {}, "192.0")[0];
  const recent = [...usual.slice(0, 40), ...Array.from({ length: 360 }, () => ({ ...one, weight: 1 }) as never)];
  const seen = (perSecond: number, at: number) =>
    floodReport({ at, usual, recent, culprits: [{ client: "192.0.0.0", perSecond, usualPerSecond: 0 }] });
  const first = look(opened(), seen(15, NOW), NOW);
  expect(first.record.signatures).toMatchObject([{ match: { prefix: "192.0.0.0/24" } }]);
  const second = look(first, seen(900, NOW + 5000), NOW + 5000);
  expect(second.record.signatures).toMatchObject([{ match: { prefix: "192.0.0.0/32" } }]);
});

describe("a launch that looks like usual traffic", () => {
  const launch = (severity: AttackReport["severity"], at: number) =>
    floodReport({ at, usual, recent: usual.map((each) => ({ ...each, weight: 10 })), severity });
  /** Second by second; the levels that the table has had, with the first second of each. */
  function follow(seconds: number, severityAt: (second: number) => AttackReport["severity"] | null, wanted = auto) {
    let open = opened(launch("major", NOW), wanted);
    const levels: (readonly [second: number, level: string])[] = [];
    for (let second = 0; second < seconds; second++) {
      const severity = severityAt(second);
      const now = NOW + second * 1000;
      const report = severity === null ? null : launch(severity, now);
      const told = report === null ? open : { ...open, record: takeReport(open.record, report, now) };
      open = look(report ? told : { ...told, record: { ...told.record, scopes: {} } }, report, now);
      const level = defenceOf(open)?.level ?? "observe";
      if (level !== levels.at(-1)?.[1]) levels.push([second, level]);
      expect(defenceOf(open)?.signatures ?? []).toEqual(
        level === "observe" ? [] : [{ match: {}, perSecond: 120, level: "challenge" }],
      );
    }
    return { levels, record: open.record };
  }

  it("is only observed, and people are told that nothing tells it", () => {
    const { levels, record } = follow(300, () => "major");
    expect(levels).toEqual([[0, "observe"]]);
    expect(record.timeline.filter(({ what }) => what.startsWith("no signature tells it"))).toHaveLength(1);
    expect(announce(null, record, NOW)[0]?.text).toMatch(/no signature tells it from usual requests/);
    const { untoldAt: _, ...before } = record;
    expect(announce(before, record, NOW)).toMatchObject([{ kind: "attack-escalated" }]);
    expect(announce(record, record, NOW)).toEqual([]);
  });

  it("is challenged when it has been critical for half a minute, and never limited, not on the way back either", () => {
    const { levels } = follow(300, (second) => (second < 100 ? "critical" : null));
    expect(levels.map(([, level]) => level)).toEqual(["observe", "challenge", "observe"]);
    expect(levels[1]?.[0]).toBeGreaterThanOrEqual(30);
    expect(levels[1]?.[0]).toBeLessThanOrEqual(36);
  });

  it("is not challenged and left by turns where its severity wavers", () => {
    const { levels } = follow(200, (second) => (second % 7 === 0 ? "major" : "critical"));
    expect(levels.length).toBeLessThanOrEqual(2);
  });

  it("is not challenged where the service may only be limited", () => {
    expect(follow(100, () => "critical", { mode: "auto", most: "limit" }).levels).toEqual([[0, "observe"]]);
  });
});

describe("the record", () => {
  it("keeps the beginning and the end of a long attack, and says how much it leaves out", () => {
    let { record } = opened();
    for (let i = 0; i < 2 * MAX_EVENTS; i++) record = note(record, "seen", `event ${i}`, {}, NOW + i);
    expect(record.timeline).toHaveLength(MAX_EVENTS);
    expect(record.leftOut).toBe(MAX_EVENTS + 1);
    expect(record.timeline[1]?.what).toBe("event 0");
    expect(record.timeline.at(-1)?.what).toBe(`event ${2 * MAX_EVENTS - 1}`);
  });

  it("tells of as many signatures as there is room for, and how many more there are", () => {
    const pathClass = (i: number) => `/${"abcdefgh".charAt(i % 8).repeat(40)}`.repeat(4);
    const recent = usualCrowd(1000).map((each, i) => ({
      ...each,
      traits: i % 10 === 0 ? each.traits : { ...each.traits, pathClass: pathClass(i) },
    }));
    const { record } = look(opened(), { ...flood, recent }, NOW);
    const told = record.timeline.find(({ what }) => what.startsWith("to be told by"))?.what ?? "";
    expect(record.signatures.length).toBeGreaterThan(2);
    expect(told).toMatch(/^to be told by pathClass .* usual requests\) and \d more; at most to block$/);
    expect(attackRecordSchema.safeParse(record).success).toBe(true);
  });

  it("is of one service alone, however alike their names begin", () => {
    const ids = ["a", "b"].map((last) => {
      const service = `${"x".repeat(61)}${last}` as AttackReport["service"];
      return openAttack({ ...flood, service }, NOW).id;
    });
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]{9}-flood-x{40,}-[a-z0-9]{7}$/);
    expect(attackRecordSchema.shape.id.safeParse(ids[0]).success).toBe(true);
    expect(openAttack(flood, NOW).id).toMatch(/^[a-z0-9]{9}-flood-api$/);
  });

  it("holds one that nobody speaks of any more to have ended", () => {
    const open = look(opened(), flood, NOW);
    expect(look(open, null, NOW + UNHEARD_MS).record.state).toBe("ongoing");
    expect(look(open, null, NOW + UNHEARD_MS + 1).record).toMatchObject({
      state: "subsiding",
      scopes: { global: { state: "unheard" } },
    });
  });

  it("names the clients that have clearly more than usual, and none where there are none", () => {
    const culprits = [
      { client: "203.0.113.50", perSecond: 400, usualPerSecond: 0 },
      { client: "91.19.7.9", perSecond: 4, usualPerSecond: 3 },
      { client: "91.19.7.10", perSecond: 1, usualPerSecond: 0 },
    ];
    expect(look(opened(), { ...flood, culprits }, NOW).record.culprits).toEqual(culprits.slice(0, 1));
    expect(look(opened(), { ...flood, culprits: culprits.slice(1) }, NOW).record.culprits).toEqual([]);
  });

  it("takes figures of regions for theirs, and only until all of the traffic shows it", () => {
    const region = { ...flood, scope: "eu-west-1", expected: 0.4, actual: 4000, severity: "critical" as const };
    const first = look(opened(region), region, NOW);
    expect(first.record).toMatchObject({ worst: "critical", peak: { actual: 4000, regions: ["eu-west-1"] } });
    expect(announce(null, first.record, NOW)[0]?.text).toMatch(
      /4,000 req\/s over 3 s in eu-west-1, where 0\.4 req\/s are expected/,
    );
    const told = { ...first, record: takeReport(first.record, flood, NOW + 1000) };
    const second = defend(told, viewOf([region, flood]), [], NOW + 1000);
    expect(second.record.peak).toMatchObject({ actual: 1000, expected: 100, regions: [] });
    const alone = look(look(opened(), flood, NOW), region, NOW + 1000);
    expect(alone.record).toMatchObject({ worst: "major", peak: { actual: 1000, regions: [] } });
  });

  it("takes less than was expected for no peak of a flood", () => {
    const open = look(opened(), { ...flood, actual: 150 }, NOW);
    expect(look(open, { ...flood, actual: 0 }, NOW + 1000).record.peak).toMatchObject({ at: NOW, actual: 150 });
  });

  it("says what a person sets, and when that is over", () => {
    const whats = ({ record }: OpenAttack) => record.timeline.slice(1).map(({ what }) => what);
    const byHand = want(opened(), { mode: "observe", most: "block" }, NOW);
    expect(whats(byHand)).toEqual(["observe is set by hand"]);
    const same = want(byHand, { mode: "observe", most: "block" }, NOW);
    expect(whats(want(same, auto, NOW))).toEqual([
      "observe is set by hand",
      "it is left to the shield, at most to block",
    ]);
    expect(whats(want(opened(flood, null), auto, NOW))).toEqual([]);
  });

  it("knows its peak, and says when it grows to twice as much", () => {
    const open = look(opened(), flood, NOW);
    const more = look(open, { ...flood, actual: 1500 }, NOW + 1000);
    const most = look(more, { ...flood, actual: 3500 }, NOW + 2000);
    const less = look(most, { ...flood, actual: 500 }, NOW + 3000);
    expect(less.record.peak).toMatchObject({ at: NOW + 2000, actual: 3500 });
    expect(less.record.timeline.map(({ what }) => what)).toContain("it grows to 3,500 req/s over 3 s");
  });
});

describe("people are told", () => {
  const before = { ...opened().record, peak: { at: NOW, actual: 1000, expected: 100, sigmas: 9, regions: [] } };
  const over = { ...before, state: "over" as const, endedAt: NOW + 90_000, bans: 2, mostLevel: "block" as const };

  it.each([
    [
      "of the start",
      null,
      before,
      "attack-started",
      "A flood on api has begun (major): 1,000 req/s over 3 s, where 100 req/s are expected. It is observed.",
    ],
    [
      "of a sharper level",
      before,
      { ...before, level: "limit" as const },
      "attack-escalated",
      "The flood on api is met by more: at its peak 1,000 req/s over 3 s, where 100 req/s are expected. What tells it is limited.",
    ],
    [
      "of a worse attack",
      before,
      { ...before, worst: "critical" as const },
      "attack-escalated",
      "The flood on api has become critical: at its peak 1,000 req/s over 3 s, where 100 req/s are expected. It is observed.",
    ],
    [
      "of the end",
      before,
      over,
      "attack-ended",
      "The flood on api is over after 1 min 30 s; at its peak 1,000 req/s over 3 s, where 100 req/s are expected. It was met by block, and 2 bans came of it.",
    ],
  ])("%s", (_, was, is, kind, text) => {
    expect(announce(was, is, NOW)).toMatchObject([{ kind, text, attack: before.id, service: "api" }]);
  });

  it("nothing of what stays as it is, or becomes less", () => {
    expect(announce(before, before, NOW)).toEqual([]);
    expect(announce({ ...before, level: "block" }, { ...before, level: "limit" }, NOW)).toEqual([]);
    expect(announce(over, over, NOW)).toEqual([]);
  });
});
