import type { Place } from "../geo/place.ts";
import type { Region, RegionId } from "../table/region.ts";
import type { ResidencyRule } from "../table/residency-rule.ts";

/** A country, or the part of one that ISO 3166-2 gives a code (`CA` of `US-CA`). */
export interface Member {
  readonly country: string;
  readonly subdivision?: string;
}

export interface Jurisdiction {
  readonly id: string;
  readonly name: string;
  /** The law's usual short name. */
  readonly law: string;
  /** Whose people it protects. */
  readonly members: readonly Member[];
  /** ISO 3166-1 codes of the countries in which processing counts as inside. */
  readonly processing: readonly string[];
  /** What the entry rests on: the rule on leaving the jurisdiction first, then the reasons for its extent. */
  readonly sources: readonly LegalSource[];
}

export interface LegalSource {
  /** The instrument and the article or section. */
  readonly instrument: string;
  readonly url: string;
}

/** Which jurisdiction a client is under. `unknown` is not `none`: its place could be in any of them. */
export type Residence =
  | { readonly kind: "in"; readonly jurisdiction: Jurisdiction }
  | { readonly kind: "none" }
  | { readonly kind: "unknown" };

/**
 * The jurisdiction of a client by its place. A country of which only a part is a jurisdiction counts as that
 * part when the subdivision is not known, so that it fails closed: an American client with no known state is
 * treated as a Californian. Returns shared values and allocates nothing.
 */
export function jurisdictionOf(place: Pick<Place, "country" | "subdivision">): Residence {
  if (place.country === null) return unknown;
  const part = parts.get(place.country);
  if (part && (place.subdivision === null || place.subdivision === part.subdivision)) return part.residence;
  return wholes.get(place.country) ?? none;
}

/**
 * The seed of the table's `residency` section: for each jurisdiction the regions whose machines stand in a
 * country where processing counts as inside. A jurisdiction with none gets an empty rule, which `required` refuses; a table leaves such rules out.
 */
export function defaultRules(regions: ReadonlyMap<string, Region>): Map<string, ResidencyRule> {
  return new Map(
    jurisdictions.map(({ id, processing }) => {
      const inside = [...regions].filter(([, region]) => processing.includes(region.country));
      // The keys of the table's section are region ids; its schema has checked them.
      return [id, { regions: inside.map(([region]) => region as RegionId) }];
    }),
  );
}

const euEeaCountries = [
  ..."AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split(" "),
  ...["IS", "LI", "NO"],
  // Parts of the Union with codes of their own: the French outermost regions, and Åland.
  ...["GF", "GP", "MF", "MQ", "RE", "YT"],
  "AX",
];

/**
 * A jurisdiction's own countries only, though transfer abroad is often lawful under conditions that a router
 * cannot see (contracts, consent, adequacy). Two exceptions, since no region stands inside: Switzerland and
 * California. Territories are members only where a source says that the law itself holds there: so neither
 * Guernsey, Jersey and the Isle of Man (laws of their own), nor Svalbard (outside the EEA by Protocol 40 of its
 * agreement), nor the overseas countries and territories of TFEU art. 355(2).
 */
export const jurisdictions: readonly Jurisdiction[] = [
  {
    id: "eu-eea",
    name: "European Union and European Economic Area",
    law: "GDPR",
    members: countries(euEeaCountries),
    processing: euEeaCountries,
    sources: [
      {
        instrument: "Regulation (EU) 2016/679 (GDPR), chapter V (art. 44 to 50)",
        url: "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
      },
      {
        instrument: "Decision of the EEA Joint Committee No 154/2018 (GDPR in Iceland, Liechtenstein, Norway)",
        url: "https://eur-lex.europa.eu/eli/dec/2018/1022/oj",
      },
      {
        instrument: "TFEU art. 355(1) and 349 (outermost regions), art. 355(4) (Åland, by Protocol 2 of its accession)",
        url: "https://eur-lex.europa.eu/eli/treaty/tfeu_2016/oj",
      },
    ],
  },
  {
    id: "uk",
    name: "United Kingdom",
    law: "UK GDPR",
    members: countries(["GB"]),
    processing: ["GB"],
    sources: [
      {
        instrument: "UK GDPR (Regulation (EU) 2016/679 as assimilated), chapter V",
        url: "https://www.legislation.gov.uk/eur/2016/679/contents",
      },
    ],
  },
  {
    id: "switzerland",
    name: "Switzerland",
    law: "revFADP",
    members: countries(["CH"]),
    // No region stands in Switzerland: its neighbours, whose protection the Federal Council has found adequate.
    processing: ["CH", ...euEeaCountries, "GB"],
    sources: [
      {
        instrument: "Federal Act on Data Protection (SR 235.1), art. 16(1)",
        url: "https://www.fedlex.admin.ch/eli/cc/2022/491/en",
      },
      {
        instrument: "Data Protection Ordinance (SR 235.11), Annex 1",
        url: "https://www.fedlex.admin.ch/eli/cc/2022/568/en",
      },
    ],
  },
  {
    id: "brazil",
    name: "Brazil",
    law: "LGPD",
    members: countries(["BR"]),
    processing: ["BR"],
    sources: [
      {
        instrument: "Lei nº 13.709/2018 (LGPD), art. 33 to 36",
        url: "https://www.planalto.gov.br/ccivil_03/_ato2015-2018/2018/lei/l13709.htm",
      },
    ],
  },
  {
    id: "canada",
    name: "Canada",
    law: "PIPEDA",
    members: countries(["CA"]),
    processing: ["CA"],
    sources: [
      {
        instrument: "PIPEDA (S.C. 2000, c. 5), Schedule 1, clause 4.1.3",
        url: "https://laws-lois.justice.gc.ca/eng/acts/P-8.6/",
      },
    ],
  },
  {
    id: "singapore",
    name: "Singapore",
    law: "PDPA",
    members: countries(["SG"]),
    processing: ["SG"],
    sources: [
      { instrument: "Personal Data Protection Act 2012, section 26", url: "https://sso.agc.gov.sg/Act/PDPA2012" },
    ],
  },
  {
    id: "japan",
    name: "Japan",
    law: "APPI",
    members: countries(["JP"]),
    processing: ["JP"],
    sources: [
      {
        instrument: "Act on the Protection of Personal Information (Act No. 57 of 2003), art. 28",
        url: "https://laws.e-gov.go.jp/law/415AC0000000057",
      },
    ],
  },
  {
    id: "india",
    name: "India",
    law: "DPDP",
    members: countries(["IN"]),
    processing: ["IN"],
    sources: [
      {
        instrument: "Digital Personal Data Protection Act, 2023 (No. 22 of 2023), section 16",
        url: "https://www.meity.gov.in/static/uploads/2024/06/2bf1f0e9f04e6fb4f8fef35e82c42aa5.pdf",
      },
    ],
  },
  {
    id: "uae",
    name: "United Arab Emirates",
    law: "PDPL",
    members: countries(["AE"]),
    processing: ["AE"],
    sources: [
      {
        instrument: "Federal Decree-Law No. 45 of 2021 on the Protection of Personal Data, art. 22 and 23",
        url: "https://uaelegislation.gov.ae/en/legislations/1972",
      },
    ],
  },
  {
    id: "south-africa",
    name: "South Africa",
    law: "POPIA",
    members: countries(["ZA"]),
    processing: ["ZA"],
    sources: [
      {
        instrument: "Protection of Personal Information Act 4 of 2013, section 72",
        url: "https://www.gov.za/documents/protection-personal-information-act",
      },
    ],
  },
  {
    id: "australia",
    name: "Australia",
    law: "Privacy Act",
    members: countries(["AU", "CC", "CX", "HM", "NF"]),
    processing: ["AU", "CC", "CX", "HM", "NF"],
    sources: [
      {
        instrument: "Privacy Act 1988, Schedule 1 (APP 8); section 5A (the external Territories)",
        url: "https://www.legislation.gov.au/C2004A03712/latest/text",
      },
    ],
  },
  {
    id: "california",
    name: "California",
    law: "CCPA",
    members: [{ country: "US", subdivision: "CA" }],
    // No region stands in California and the act sets no localisation: the choice is kept in the United States.
    processing: ["US"],
    sources: [
      {
        instrument: "California Consumer Privacy Act of 2018, Civil Code section 1798.100 and following",
        url: "https://leginfo.legislature.ca.gov/faces/codes_displayText.xhtml?division=3.&part=4.&lawCode=CIV&title=1.81.5",
      },
    ],
  },
];

const none: Residence = { kind: "none" };
const unknown: Residence = { kind: "unknown" };
const wholes = new Map<string, Residence>();
/** At most one part of a country is a jurisdiction; a second would need a rule for the unknown subdivision. */
const parts = new Map<string, { readonly subdivision: string; readonly residence: Residence }>();

for (const jurisdiction of jurisdictions) {
  const residence: Residence = { kind: "in", jurisdiction };
  for (const { country, subdivision } of jurisdiction.members) {
    if (subdivision === undefined) wholes.set(country, residence);
    else parts.set(country, { subdivision, residence });
  }
}

function countries(codes: readonly string[]): Member[] {
  return codes.map((country) => ({ country }));
}
