import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nowhere, type Place } from "../../../src/geo/place.ts";
import { jurisdictions } from "../../../src/residency/jurisdictions.ts";
import { compilePermits, type Permitted, permit, type Refused } from "../../../src/residency/permit.ts";
import type { RegionId } from "../../../src/table/region.ts";
import type { ResidencyRule } from "../../../src/table/residency-rule.ts";
import type { Service } from "../../../src/table/service.ts";

type Terms = Pick<Service, "residency" | "unknownPlace">;

const rules = rulesOf({ "eu-eea": ["ie", "de"], uk: ["gb"], switzerland: ["ie", "de", "gb"], japan: [] });
const required: Terms = { residency: "required", unknownPlace: "refuse" };
const preferred: Terms = { residency: "preferred", unknownPlace: "refuse" };
const indifferent: Terms = { residency: "none", unknownPlace: "refuse" };
const lenient: Terms = { residency: "required", unknownPlace: "allow" };
const everywhere = ["us", "ie", "de", "gb"];

describe("permit", () => {
  it.each<[string, Terms, string | null, string[], string]>([
    ["none: a German goes anywhere", indifferent, "DE", everywhere, "all: us ie de gb"],
    ["none: so does a client from nowhere", indifferent, null, everywhere, "all: us ie de gb"],
    ["preferred: inside, then outside", preferred, "DE", everywhere, "first:eu-eea: ie de, us gb"],
    ["preferred: with nothing inside, outside", preferred, "DE", ["us"], "first:eu-eea: us"],
    ["preferred: with nothing outside, inside", preferred, "DE", ["de"], "first:eu-eea: de"],
    ["preferred: without a rule, anywhere", preferred, "BR", everywhere, "first:brazil: us ie de gb"],
    ["preferred: outside every jurisdiction, anywhere", preferred, "CN", everywhere, "all: us ie de gb"],
    ["preferred: from nowhere, anywhere", preferred, null, everywhere, "all: us ie de gb"],
    ["required: inside alone", required, "DE", everywhere, "inside:eu-eea: ie de"],
    ["required: London is not in the EU", required, "GB", everywhere, "inside:uk: gb"],
    ["required: a Swiss may go to the EU and to London", required, "CH", everywhere, "inside:switzerland: ie de gb"],
    ["required: outside every jurisdiction, anywhere", required, "CN", everywhere, "all: us ie de gb"],
    ["required: no region inside serves it", required, "DE", ["us", "gb"], "no-permitted-region eu-eea"],
    ["required: the rule is empty", required, "JP", everywhere, "no-permitted-region japan"],
    ["required: the table has no rule", required, "BR", everywhere, "no-permitted-region brazil"],
    ["required: an American with no known state", required, "US", everywhere, "no-permitted-region california"],
    ["required: from nowhere, refused", required, null, everywhere, "unknown-place null"],
    ["required, lenient: from nowhere, anywhere", lenient, null, everywhere, "all: us ie de gb"],
    ["required, lenient: a known place binds all the same", lenient, "BR", everywhere, "no-permitted-region brazil"],
    ["a service with no region has no tier", preferred, "DE", [], "first:eu-eea: "],
  ])("%s", (_, terms, country, regions, expected) => {
    expect(text(permit(rules, new Set(regions), terms, at(country)))).toBe(expected);
  });

  it("cannot be passed by on the way to routing", () => {
    // @ts-expect-error Only permit.ts can name the brand.
    const forged: Permitted = { kind: "permitted", jurisdiction: null, tiers: [], key: "all" };
    expect(Object.getOwnPropertySymbols(forged)).toEqual([]);
    expect(Object.getOwnPropertySymbols(permit(rules, new Set(), indifferent, nowhere))).toHaveLength(1);
  });
});

describe("compilePermits", () => {
  it("gives one object for one jurisdiction", () => {
    const permits = compilePermits(rules, new Set(everywhere), required);
    expect(permits.permit(at("DE"))).toBe(permits.permit(at("FR")));
    expect(permits.permit(at("CN"))).toBe(permits.permit(at("KR")));
    expect(permits.permit(at("BR"))).toBe(permits.permit(at("BR", "SP")));
    expect(permits.permit(at("DE"))).not.toBe(permits.permit(at("GB")));
  });
});

const regionIds = ["r1", "r2", "r3", "r4", "r5", "r6"];
const anyRules = fc
  .dictionary(
    fc.constantFrom(...jurisdictions.map(({ id }) => id)),
    fc.uniqueArray(fc.constantFrom(...regionIds, "gone")),
    {
      noNullPrototype: true,
      maxKeys: 12,
    },
  )
  .map(rulesOf);
const anyRegions = fc.subarray(regionIds).map((ids) => new Set(ids));
const anyTerms: fc.Arbitrary<Terms> = fc.record({
  residency: fc.constantFrom("none", "preferred", "required"),
  unknownPlace: fc.constantFrom("refuse", "allow"),
});
const anyPlace = fc
  .tuple(
    fc.constantFrom(..."DE IS RE AX GB CH BR CA SG JP IN AE ZA AU NF US CN RU JE".split(" "), null),
    fc.constantFrom("CA", "TX", null),
  )
  .map(([country, subdivision]) => at(country, subdivision));
const anything = [anyRules, anyRegions, anyTerms, anyPlace] as const;

describe("over random tables, services and places", () => {
  it("agrees with its twin, compiled or not", () => {
    fc.assert(
      fc.property(...anything, (table, regions, terms, place) => {
        const expected = twin(table, regions, terms, place);
        expect(tiersOf(permit(table, regions, terms, place))).toEqual(expected);
        const permits = compilePermits(table, regions, terms);
        permits.permit(at("DE"));
        expect(tiersOf(permits.permit(place))).toEqual(expected);
        expect(tiersOf(permits.permit(place))).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it("required: a client in a jurisdiction meets only regions of its rule", () => {
    fc.assert(
      fc.property(...anything, (table, regions, terms, place) => {
        const inside = memberships(place)[0];
        const answer = permit(table, regions, { ...terms, residency: "required" }, place);
        if (inside === undefined || answer.kind === "refused") return;
        expect(answer.jurisdiction).toBe(inside);
        const ruled = new Set<string>(table.get(inside)?.regions);
        for (const { ids } of answer.tiers) for (const id of ids) expect(ruled).toContain(id);
      }),
      { numRuns: 2000 },
    );
  });

  it("preferred: the first tier is inside whenever the rule and the service share a region", () => {
    fc.assert(
      fc.property(...anything, (table, regions, terms, place) => {
        const inside = memberships(place)[0];
        if (inside === undefined) return;
        const answer = permit(table, regions, { ...terms, residency: "preferred" }, place);
        const shared = (table.get(inside)?.regions ?? []).filter((id) => regions.has(id));
        if (answer.kind === "refused") throw new Error(answer.detail);
        if (shared.length > 0) expect([...(answer.tiers[0]?.ids ?? [])].sort()).toEqual(shared.sort());
      }),
      { numRuns: 2000 },
    );
  });

  it("tiers are disjoint, never empty, and only of the service; equal keys mean equal tiers", () => {
    fc.assert(
      fc.property(anyRules, anyRegions, anyTerms, fc.array(anyPlace), (table, regions, terms, places) => {
        const tiersByKey = new Map<string, unknown>();
        for (const place of places) {
          const answer = permit(table, regions, terms, place);
          if (answer.kind === "refused") continue;
          const sets = answer.tiers.map(({ ids }) => [...ids]);
          expect(sets.every((ids) => ids.length > 0)).toBe(true);
          expect(new Set(sets.flat()).size).toBe(sets.flat().length);
          expect(sets.flat().every((id) => regions.has(id))).toBe(true);
          expect(tiersByKey.get(answer.key) ?? sets).toEqual(sets);
          tiersByKey.set(answer.key, sets);
        }
      }),
    );
  });
});

/** The twin: looks at each region in turn and asks whether this client may be served there, and how soon. */
function twin(table: ReadonlyMap<string, ResidencyRule>, regions: ReadonlySet<string>, terms: Terms, place: Place) {
  const unknownRefused = terms.unknownPlace === "refuse" && place.country === null;
  const tiers: [string[], string[]] = [[], []];
  for (const region of regions) {
    const bound = memberships(place);
    const inside = bound.every((id) => table.get(id)?.regions.some((ruled) => ruled === region) ?? false);
    if (terms.residency === "none" || inside) tiers[0].push(region);
    else if (terms.residency === "preferred") tiers[1].push(region);
  }
  const nobody = memberships(place).length > 0 && tiers[0].length === 0;
  if (terms.residency === "required" && (nobody || unknownRefused)) return "refused";
  return tiers.filter((tier) => tier.length > 0).map((tier) => tier.sort());
}

/** The ids of all jurisdictions that claim the place, by reading the whole list. */
function memberships({ country, subdivision }: Place): string[] {
  const claims = jurisdictions.filter(({ members }) =>
    members.some(
      (member) =>
        member.country === country &&
        (member.subdivision === undefined || subdivision === null || member.subdivision === subdivision),
    ),
  );
  return claims.map(({ id }) => id);
}

function tiersOf(answer: Permitted | Refused) {
  return answer.kind === "refused" ? "refused" : answer.tiers.map(({ ids }) => [...ids].sort());
}

function text(answer: Permitted | Refused): string {
  if (answer.kind === "refused") return `${answer.reason} ${answer.jurisdiction}`;
  return `${answer.key}: ${answer.tiers.map(({ ids }) => [...ids].join(" ")).join(", ")}`;
}

function at(country: string | null, subdivision: string | null = null): Place {
  return { ...nowhere, country, subdivision };
}

function rulesOf(regionsById: Readonly<Record<string, string[]>>): Map<string, ResidencyRule> {
  return new Map(Object.entries(regionsById).map(([id, regions]) => [id, { regions: regions as RegionId[] }]));
}
