import { describe, expect, it } from "vitest";
import { countryOf } from "../../../src/geo/countries.ts";
import { defaultRules, jurisdictionOf, jurisdictions } from "../../../src/residency/jurisdictions.ts";
import { type Region, regionSchema } from "../../../src/table/region.ts";
import { jurisdictionIdSchema } from "../../../src/table/residency-rule.ts";

function residence(country: string | null, subdivision: string | null = null): string {
  const found = jurisdictionOf({ country, subdivision });
  return found.kind === "in" ? found.jurisdiction.id : found.kind;
}

describe("jurisdictionOf", () => {
  it.each([
    ["Germany", "DE", null, "eu-eea"],
    ["Germany, Bavaria", "DE", "BY", "eu-eea"],
    ["Iceland", "IS", null, "eu-eea"],
    ["Liechtenstein", "LI", null, "eu-eea"],
    ["Norway", "NO", null, "eu-eea"],
    ["Svalbard, outside the EEA", "SJ", null, "none"],
    ["Réunion, an outermost region", "RE", null, "eu-eea"],
    ["Saint-Martin, an outermost region", "MF", null, "eu-eea"],
    ["Saint-Barthélemy, none since 2012", "BL", null, "none"],
    ["New Caledonia, an overseas territory", "NC", null, "none"],
    ["Åland", "AX", null, "eu-eea"],
    ["the United Kingdom, not the EU", "GB", "ENG", "uk"],
    ["Jersey, with a law of its own", "JE", null, "none"],
    ["Switzerland", "CH", null, "switzerland"],
    ["Brazil", "BR", "SP", "brazil"],
    ["Canada, not California", "CA", "QC", "canada"],
    ["Singapore", "SG", null, "singapore"],
    ["Japan", "JP", null, "japan"],
    ["India", "IN", null, "india"],
    ["the Emirates", "AE", null, "uae"],
    ["South Africa", "ZA", null, "south-africa"],
    ["Australia", "AU", "NSW", "australia"],
    ["Norfolk Island, an external territory", "NF", null, "australia"],
    ["California", "US", "CA", "california"],
    ["Texas", "US", "TX", "none"],
    ["an American with no known state fails closed", "US", null, "california"],
    ["Puerto Rico", "PR", null, "none"],
    ["Colombia's Cauca has California's letters", "CO", "CAU", "none"],
    ["Cadiz has them too", "ES", "CA", "eu-eea"],
    ["China", "CN", null, "none"],
    ["no country", null, null, "unknown"],
    ["a subdivision alone tells nothing", null, "CA", "unknown"],
  ])("%s", (_, country, subdivision, expected) => {
    expect(residence(country, subdivision)).toBe(expected);
  });

  it("gives the same object each time", () => {
    for (const country of ["DE", "US", "CN", null]) {
      const place = { country, subdivision: null };
      expect(jurisdictionOf(place)).toBe(jurisdictionOf({ ...place }));
    }
  });
});

describe("jurisdictions", () => {
  it("are the twelve", () => {
    expect(jurisdictions.map(({ id, law }) => `${id}: ${law}`)).toEqual([
      "eu-eea: GDPR",
      "uk: UK GDPR",
      "switzerland: revFADP",
      "brazil: LGPD",
      "canada: PIPEDA",
      "singapore: PDPA",
      "japan: APPI",
      "india: DPDP",
      "uae: PDPL",
      "south-africa: POPIA",
      "australia: Privacy Act",
      "california: CCPA",
    ]);
  });

  it.each(jurisdictions.map((jurisdiction) => [jurisdiction.id, jurisdiction] as const))(
    "%s names real countries and its law",
    (id, { members, processing, sources }) => {
      expect(jurisdictionIdSchema.safeParse(id).success).toBe(true);
      const codes = [...members.map(({ country }) => country), ...processing];
      expect(codes.filter((code) => !countryOf(code))).toEqual([]);
      expect(new Set(processing).size).toBe(processing.length);
      expect(sources.length).toBeGreaterThan(0);
      for (const { url } of sources) expect(url).toMatch(/^https:\/\//);
    },
  );

  it("share no member, and no country has two parts", () => {
    const claims = jurisdictions.flatMap(({ members }) => members.map(({ country }) => country));
    expect(claims.length).toBe(new Set(claims).size);
  });

  it("EU and EEA have 27 and 3 members, and 7 territories with codes of their own", () => {
    expect(jurisdictions[0]?.members).toHaveLength(27 + 3 + 7);
  });
});

describe("defaultRules", () => {
  const seed: readonly (readonly [string, string])[] = [
    ["us-east-1", "US"],
    ["us-west-2", "US"],
    ["ca-central-1", "CA"],
    ["eu-west-1", "IE"],
    ["eu-central-1", "DE"],
    ["eu-west-2", "GB"],
    ["ap-southeast-1", "SG"],
    ["ap-northeast-1", "JP"],
    ["ap-southeast-2", "AU"],
    ["ap-south-1", "IN"],
    ["sa-east-1", "BR"],
    ["me-south-1", "AE"],
    ["af-south-1", "ZA"],
  ];
  const rules = defaultRules(new Map(seed.map(([id, country]) => [id, region(country)])));

  it.each([
    ["eu-eea", ["eu-west-1", "eu-central-1"]],
    ["uk", ["eu-west-2"]],
    ["switzerland", ["eu-west-1", "eu-central-1", "eu-west-2"]],
    ["brazil", ["sa-east-1"]],
    ["canada", ["ca-central-1"]],
    ["singapore", ["ap-southeast-1"]],
    ["japan", ["ap-northeast-1"]],
    ["india", ["ap-south-1"]],
    ["uae", ["me-south-1"]],
    ["south-africa", ["af-south-1"]],
    ["australia", ["ap-southeast-2"]],
    ["california", ["us-east-1", "us-west-2"]],
  ])("%s", (id, expected) => {
    expect(rules.get(id)?.regions).toEqual(expected);
  });

  it("has a rule for each jurisdiction, empty where no region is inside", () => {
    expect([...rules.keys()]).toEqual(jurisdictions.map(({ id }) => id));
    expect(defaultRules(new Map([["eu-west-2", region("GB")]])).get("eu-eea")).toEqual({ regions: [] });
  });
});

function region(country: string): Region {
  return regionSchema.parse({
    name: country,
    country,
    latitude: 0,
    longitude: 0,
    nodes: 1,
    connections: 1000,
    zones: 1,
    locationHint: "weur",
  });
}
