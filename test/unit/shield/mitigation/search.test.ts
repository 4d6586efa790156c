import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WeightedTraits } from "../../../../src/shield/attack.ts";
import {
  chooseSignatures,
  excessThrough,
  MIN_COVERED,
  measure,
  whole,
  withProposals,
} from "../../../../src/shield/mitigation/choose.ts";
import { effectiveCount, MAX_COLLATERAL, shareAtMost } from "../../../../src/shield/mitigation/collateral.ts";
import { heavyClientsOf } from "../../../../src/shield/mitigation/heavy-clients.ts";
import { type Feature, type FeatureRow, featureNames, matches } from "../../../../src/shield/mitigation/match.ts";
import {
  bestOf,
  type Candidate,
  type Haystack,
  isBetter,
  isFit,
  isIn,
  searchSignatures,
  totalOf,
} from "../../../../src/shield/mitigation/search.ts";
import type { AttackView } from "../../../../src/shield/mitigation/view.ts";
import { viewOf } from "../../../../src/shield/mitigation/view.ts";
import { MAX_SIGNATURES } from "../../../../src/table/defence.ts";
import { crowd, floodReport, traits, usualCrowd } from "../reports.ts";

/** As reported: `expected` and `actual` are requests a second, samples are of any size. */
const view = (over: Parameters<typeof floodReport>[0]): AttackView => {
  const seen = viewOf([floodReport(over)]);
  if (seen === null) throw new Error("nothing is reported");
  return seen;
};

describe("signatures", () => {
  it("are the fewest traits that tell the attack from what is usual", () => {
    const usual = usualCrowd(1000);
    const recent = [...usual.slice(0, 100), ...crowd(900, { asn: 7, country: "XX", agentFamily: "python" })];
    const { signatures, most } = chooseSignatures(view({ usual, recent }));
    expect(signatures).toHaveLength(1);
    expect(Object.keys(signatures[0]?.match ?? {})).toHaveLength(1);
    expect(signatures[0]).toMatchObject({ collateral: 0, origin: "search" });
    expect(signatures[0]?.covers).toBeGreaterThan(0.98);
    expect(most).toBe("block");
  });

  it("combine traits where each alone is usual", () => {
    const usual = usualCrowd(1000);
    // Half of what is usual is chrome, a fifth from Brazil; nobody posts to the login page with it.
    const attack = crowd(900, { method: "PUT", pathClass: "/login", country: "BR", asn: 64510, agentFamily: "chrome" });
    const { signatures } = chooseSignatures(view({ usual, recent: [...usual.slice(0, 100), ...attack] }));
    expect(signatures.map(({ match }) => match)).toEqual([{ method: "PUT" }]);
    const blended = crowd(900, { method: "POST", pathClass: "/login", country: "IN", asn: 64504 });
    const { signatures: two } = chooseSignatures(view({ usual, recent: [...usual.slice(0, 100), ...blended] }));
    expect(two).toHaveLength(1);
    expect(Object.keys(two[0]?.match ?? {}).length).toBeGreaterThan(1);
    expect(two[0]?.collateral).toBeLessThanOrEqual(MAX_COLLATERAL);
  });

  it("have one trait more where that spares most of the clients who share the first with the attack", () => {
    // Eight of a thousand usual requests come from the attack's country, of all networks and agents there.
    const neighbours = crowd(8, { country: "BR", asn: 64_510, pathClass: "/api" }, "198.19");
    const usual = [...usualCrowd(992).filter(({ traits: { country } }) => country !== "BR"), ...neighbours];
    const attack = crowd(900, { country: "BR", asn: 64_510, pathClass: "/login", agentFamily: "chrome" });
    const { signatures } = chooseSignatures(view({ usual, recent: [...usual.slice(0, 100), ...attack] }));
    expect(signatures).toHaveLength(1);
    const [{ match, covers, collateral } = { match: {}, covers: 0, collateral: 1 }] = signatures;
    expect(Object.keys(match).sort()).toEqual(["country", "pathClass"]);
    expect([covers > 0.97, collateral]).toEqual([true, 0]);
    // Where the second trait would lose coverage, the first is kept.
    const varied = attack.map(({ traits: each, weight }, i) => ({
      traits: {
        ...each,
        pathClass: ["/login", "/", "/api/:id", "/api"][i % 4] ?? "",
        method: i % 2 ? "GET" : "POST",
        agentFamily: ["chrome", "safari", "edge"][i % 3] ?? "",
        asn: 64_500 + (i % 11),
      },
      weight,
    }));
    const kept = chooseSignatures(view({ usual, recent: [...usual.slice(0, 100), ...varied] })).signatures;
    expect(kept.map(({ match: each }) => each)).toEqual([{ country: "BR" }]);
  });

  it("find the prefix where many addresses of one take part", () => {
    const usual = usualCrowd(600);
    const attack = crowd(250, {}, "203.0");
    const { signatures } = chooseSignatures(view({ usual, recent: [...usual.slice(0, 30), ...attack], actual: 1000 }));
    expect(signatures.map(({ match }) => match)).toEqual([{ prefix: "203.0.0.0/24" }]);
  });

  it("are several where the attack comes in several kinds", () => {
    const usual = usualCrowd(1000);
    const recent = [
      ...usual.slice(0, 100),
      ...crowd(450, { country: "XX", asn: 1 }),
      ...crowd(450, { country: "DE", asn: 2, agentFamily: "go" }),
    ];
    const { signatures, most } = chooseSignatures(view({ usual, recent }));
    expect(signatures.map(({ match }) => Object.keys(match).length)).toEqual([1, 1]);
    expect(most).toBe("block");
  });

  it("are none where nothing tells the attack", () => {
    const usual = usualCrowd(1000);
    const recent = usual.map(({ traits: each }) => ({ traits: each, weight: 10 }));
    const chosen = chooseSignatures(view({ usual, recent }));
    expect(chosen).toEqual({ signatures: [], most: "observe" });
    expect(chooseSignatures(view({}))).toEqual({ signatures: [], most: "observe" });
  });

  it("are not to be blocked where too little is known of what is usual", () => {
    const attack = crowd(900, { country: "XX" });
    const usual = usualCrowd(200);
    expect(chooseSignatures(view({ usual, recent: attack })).most).toBe("challenge");
    expect(chooseSignatures(view({ usual: [], recent: attack })).most).toBe("challenge");
    expect(chooseSignatures(view({ usual: usualCrowd(300), recent: attack })).most).toBe("block");
  });

  it("allow what usually matches them, and a little more", () => {
    const usual = [...usualCrowd(995), ...crowd(5, { country: "XX" })];
    const { signatures } = chooseSignatures(
      view({ usual, recent: crowd(900, { country: "XX", asn: 1, agentFamily: "x" }) }),
    );
    for (const { perSecond } of signatures) expect(perSecond).toBeGreaterThanOrEqual(1);
    const [first] = signatures;
    expect(first?.perSecond).toBeCloseTo(Math.max(1, 1.2 * 100 * (first?.collateral ?? 0)));
  });
});

describe("few clients that explain an attack", () => {
  const loud = (client: string, count: number, over = {}) =>
    Array.from({ length: count }, () => ({ traits: traits({ client, ...over }), weight: 1 }));
  const culprit = (client: string, perSecond: number, usualPerSecond = 0) => ({ client, perSecond, usualPerSecond });
  const neighbours = crowd(5, {}, "192.0").map((each, i) => ({
    ...each,
    traits: { ...each.traits, client: `192.0.2.${i + 10}` },
  }));
  const usual = [...usualCrowd(995), ...neighbours];
  const quiet = [...usual.slice(900), ...neighbours];
  const chosen = (recent: WeightedTraits[], culprits: ReturnType<typeof culprit>[]) =>
    chooseSignatures(view({ usual, recent: [...quiet, ...recent], culprits })).signatures;
  const matchesOf = (...args: Parameters<typeof chosen>) => chosen(...args).map(({ match }) => match);

  it("are dealt with by themselves, and not their neighbours with them", () => {
    const one = chosen(loud("192.0.2.1", 900), [culprit("192.0.2.1", 900)]);
    expect(one).toMatchObject([{ match: { prefix: "192.0.2.1/32" }, collateral: 0, origin: "search" }]);
    expect(one[0]?.covers).toBeGreaterThan(0.95);
    expect(neighbours.some(({ traits: each }) => matches(one[0]?.match ?? {}, each))).toBe(false);
    const two = [...loud("192.0.2.1", 500), ...loud("192.0.2.2", 400)];
    expect(matchesOf(two, [culprit("192.0.2.1", 500), culprit("192.0.2.2", 400)])).toEqual([
      { prefix: "192.0.2.1/32" },
      { prefix: "192.0.2.2/32" },
    ]);
    const v6 = loud("2001:db8::/64", 900);
    expect(matchesOf(v6, [culprit("2001:db8::/64", 900)])).toEqual([{ prefix: "2001:db8::/64" }]);
  });

  it("are taken out before what the others have in common is looked for", () => {
    const both = [...loud("192.0.2.1", 450), ...crowd(450, { country: "XX" })];
    expect(matchesOf(both, [culprit("192.0.2.1", 450)])).toEqual([{ prefix: "192.0.2.1/32" }, { country: "XX" }]);
  });

  it.each([
    ["many, who are told by what they have in common", 8, 112, 0],
    ["not far above what they usually have", 1, 900, 100],
  ])("are not those that are %s", (_, count, perSecond, usualPerSecond) => {
    const clients = Array.from({ length: count }, (_unused, i) => `192.0.2.${i + 1}`);
    const attack = clients.flatMap((client) => loud(client, perSecond, { agentFamily: "python" }));
    const culprits = clients.map((client) => culprit(client, perSecond, usualPerSecond));
    expect(matchesOf(attack, culprits)).toEqual([{ agentFamily: "python" }]);
  });

  it("are none whose own usual requests are over one percent of all", () => {
    const often = [...usual.slice(20), ...loud("192.0.2.1", 20)];
    const recent = [...quiet, ...loud("192.0.2.1", 900, { agentFamily: "python" })];
    const seen = view({ usual: often, recent, culprits: [culprit("192.0.2.1", 900)] });
    expect(heavyClientsOf(seen)).toEqual([]);
    expect(chooseSignatures(seen).signatures.map(({ match }) => match)).toEqual([{ agentFamily: "python" }]);
  });

  it("are no more than there is room for, where ten have come in the place of who is usually there", () => {
    const clients = Array.from({ length: 10 }, (_, i) => `192.0.2.${i + 1}`);
    const culprits = clients.map((client) => culprit(client, 100));
    const recent = clients.flatMap((client) => loud(client, 100));
    const seen = view({ usual: usualCrowd(995), recent, culprits, expected: 900 });
    expect(searchSignatures(seen).signatures).toHaveLength(MAX_SIGNATURES);
  });

  it("are no more than have one percent of usual requests together", () => {
    const clients = ["192.0.2.1", "192.0.2.2"];
    const often = [...usual.slice(12), ...clients.flatMap((client) => loud(client, 6))];
    const recent = [...quiet, ...clients.flatMap((client) => loud(client, 450))];
    const seen = view({ usual: often, recent, culprits: clients.map((client) => culprit(client, 450)) });
    expect(heavyClientsOf(seen)).toHaveLength(2);
    const { signatures, collateral } = searchSignatures(seen);
    expect(signatures[0]?.match).toEqual({ prefix: "192.0.2.1/32" });
    expect(signatures.map(({ match }) => match.prefix)).not.toContain("192.0.2.2/32");
    expect(collateral).toBeLessThanOrEqual(MAX_COLLATERAL);
  });
});

const small = fc.constantFrom("a", "b", "c");
const sample: fc.Arbitrary<WeightedTraits> = fc
  .record({
    net: fc.nat(2),
    host: fc.nat(3),
    country: small,
    asn: fc.nat(2),
    method: small,
    pathClass: small,
    agentFamily: small,
    weight: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ net, host, weight, ...rest }) => ({ traits: { client: `10.0.${net}.${host}`, ...rest }, weight }));
const samples = (max: number) => fc.array(sample, { minLength: 1, maxLength: max });

/** Looks at every combination of every value that there is, and goes by what is promised of the one that is chosen. */
function dumbTwin(haystack: Haystack): Candidate | null {
  let combinations: (Feature | null)[][] = [[]];
  for (const place of featureNames.keys()) {
    const values = new Set<Feature | null>([null, ...haystack.recent.map(({ features }) => features[place] ?? null)]);
    combinations = combinations.flatMap((before) => [...values].map((value) => [...before, value]));
  }
  const fit: Candidate[] = [];
  for (const combination of combinations) {
    if (combination.every((feature) => feature === null)) continue;
    const meant = (rows: readonly FeatureRow[]) => totalOf(rows.filter((row) => isIn(combination, row)));
    const usual = meant(haystack.usual);
    const candidate = { combination, gain: meant(haystack.recent) - usual, usual };
    if (isFit(candidate, haystack)) fit.push(candidate);
  }
  const sorted = (those: readonly Candidate[], fullGain: number) =>
    those.toSorted((a, b) => (isBetter(a, b, fullGain) ? -1 : 1));
  const [first] = sorted(fit, haystack.fullGain);
  if (!first) return null;
  const alike = fit.filter(({ gain }) => gain >= first.gain - haystack.alike);
  const narrow = (than: Candidate): Candidate => {
    const [next] = sorted(
      alike.filter(({ usual }) => usual < than.usual && usual <= than.usual / 2),
      0,
    );
    return next ? narrow(next) : than;
  };
  return narrow(first);
}

const rows = samples(12).map((each) =>
  each.map(({ traits: t, weight }) => ({
    features: [`${t.client}`, t.country, t.asn, t.method, t.pathClass, t.agentFamily],
    weight,
  })),
);

describe("the search", () => {
  it("finds what looking at all combinations finds", () => {
    let found = 0;
    let narrowed = 0;
    fc.assert(
      fc.property(
        rows,
        rows,
        fc.integer({ min: 1, max: 8 }),
        fc.nat(20),
        fc.nat(6),
        fc.nat(3),
        (recent, usual, minGain, more, maxUsual, alike) => {
          const haystack = { recent, usual, minGain, fullGain: minGain + more, alike, maxUsual };
          const best = bestOf(haystack);
          if (best !== null) found += 1;
          if (best?.usual !== bestOf({ ...haystack, alike: -1e9 })?.usual) narrowed += 1;
          expect(best).toEqual(dumbTwin(haystack));
        },
      ),
      { numRuns: 400 },
    );
    expect(found).toBeGreaterThan(10);
    expect(narrowed).toBeGreaterThan(2);
  });

  it("matches at most one percent of usual requests by all signatures together, as they are matched at the edge", () => {
    let signed = 0;
    const common = fc.tuple(
      samples(80),
      samples(80),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 0, max: 1000 }),
    );
    fc.assert(
      fc.property(common, ([recent, usual, expected, more]) => {
        const culprits = recent.map(({ traits: { client } }) => ({ client, perSecond: 1000, usualPerSecond: 0 }));
        const seen = view({ recent, usual, expected, actual: expected + more, culprits });
        const found = searchSignatures(seen);
        if (found.signatures.length > 0) signed += 1;
        const { collateral, covers } = measure(found.signatures, seen);
        expect(found.signatures.length).toBeLessThanOrEqual(MAX_SIGNATURES);
        expect(collateral).toBeLessThanOrEqual(MAX_COLLATERAL + 1e-9);
        expect(collateral).toBeCloseTo(found.collateral, 6);
        expect(covers).toBeCloseTo(found.covers, 6);
        expect(found.collateralAtMost).toBeGreaterThanOrEqual(found.collateral - 1e-9);
        const chosen = chooseSignatures(seen);
        expect(chosen.signatures.length === 0).toBe(found.covers < MIN_COVERED);
        if (chosen.most === "block") expect(found.collateralAtMost).toBeLessThanOrEqual(MAX_COLLATERAL);
      }),
      { numRuns: 200 },
    );
    expect(signed).toBeGreaterThan(50);
  });
});

describe("the confidence of a sample", () => {
  it.each([
    [0, 2000, 0.00135],
    [0, 300, 0.0089],
    [0, 100, 0.0263],
    [0.01, 2000, 0.0144],
    [0.5, 100, 0.581],
    [0, 0, 1],
  ])("a share of %f of %i is at most %f", (share, count, most) => {
    expect(shareAtMost(share, count)).toBeCloseTo(most, 3);
  });

  it("counts weights that differ for less", () => {
    const weights = (...each: number[]) => effectiveCount(each.map((weight) => ({ weight })));
    expect([weights(), weights(2, 2, 2), weights(1, 1, 100)]).toEqual([0, 3, expect.closeTo(1.04, 2)]);
  });
});

describe("a match", () => {
  it.each([
    [{}, true],
    [{ prefix: "192.0.2.0/24" }, true],
    [{ prefix: "192.0.2.1/32" }, true],
    [{ prefix: "192.0.3.0/24" }, false],
    [{ prefix: "2001:db8::/48" }, false],
    [{ country: "DE", method: "GET" }, true],
    [{ country: "DE", method: "POST" }, false],
    [{ asn: 0 }, false],
  ])("%j of a request: %s", (match, expected) => {
    expect(matches(match, traits())).toBe(expected);
  });
});

describe("what gets through", () => {
  const signature = {
    match: { country: "XX" },
    perSecond: 10,
    covers: 1,
    collateral: 0,
    collateralAtMost: 0,
    origin: "search",
  } as const;
  const seen = view({ recent: [...crowd(100), ...crowd(900, { country: "XX" })], usual: usualCrowd(300) });

  it.each([
    ["observe", 900],
    ["limit", 10],
    ["challenge", 900],
    ["block", 0],
  ] as const)("at %s is estimated to be %f too many", (level, expected) => {
    expect(excessThrough(level, [signature], seen)).toBeCloseTo(expected);
  });

  it("counts each signature by its own level", () => {
    const proposed = { ...signature, match: { country: "DE" }, level: "challenge" } as const;
    expect(excessThrough("block", [signature, proposed], seen)).toBeCloseTo(0);
    expect(excessThrough("block", [signature, { ...proposed, match: { country: "XX" } }], seen)).toBeCloseTo(0);
    expect(excessThrough("block", [{ ...signature, level: "challenge" }], seen)).toBeCloseTo(900);
  });

  it("is what the detector says, where it can tell", () => {
    expect(excessThrough("challenge", [signature], { ...seen, passed: 130 })).toBe(30);
  });
});

it("bans that wait for a person come first, are challenged, and make no challenge of the others", () => {
  const chosen = { signatures: Array(8).fill(whole({ expected: 1 })), most: "block" } as const;
  const proposed = Array(9).fill({ ...whole({ expected: 1 }), level: "challenge", origin: "proposal" });
  const both = withProposals(chosen, proposed);
  expect(both.most).toBe("block");
  expect(withProposals({ signatures: [], most: "observe" }, proposed).most).toBe("challenge");
  expect(both.signatures.map(({ origin }) => origin)).toEqual([...Array(7).fill("proposal"), "whole"]);
});
