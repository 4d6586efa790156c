import { nowhere } from "../geo/place.ts";
import type { PopulationRow } from "./population.ts";

/** The people of the world, a row for each country, weighted by millions. */
export function worldPopulation(service: string): PopulationRow[] {
  return millions
    .split(/[|\n]/)
    .map((entry) => entry.trim().split(" "))
    .map(([country = "", weight]) => ({
      place: { ...nowhere, country },
      target: { kind: "service", id: service },
      weight: Number(weight),
    }));
}

/**
 * People by country in mid-2024, in millions, rounded to 0.1: United Nations, World Population Prospects 2024, medium
 * variant (population.un.org/wpp, CC BY 3.0 IGO). Places with fewer than 50,000 people are left out. They count as people,
 * not as users of the Internet.
 */
const millions = `AO 37.9 | BF 23.5 | BI 14.0 | BJ 14.5 | BW 2.5 | CD 109.3 | CF 5.3 | CG 6.3 | CI 31.9 | CM 29.1 | CV 0.5
DJ 1.2 | DZ 46.8 | EG 116.5 | EH 0.6 | ER 3.5 | ET 132.1 | GA 2.5 | GH 34.4 | GM 2.8 | GN 14.8 | GQ 1.9 | GW 2.2
KE 56.4 | KM 0.9 | LR 5.6 | LS 2.3 | LY 7.4 | MA 38.1 | MG 32.0 | ML 24.5 | MR 5.2 | MU 1.3 | MW 21.7 | MZ 34.6
NA 3.0 | NE 27.0 | NG 232.7 | RE 0.9 | RW 14.3 | SC 0.1 | SD 50.4 | SL 8.6 | SN 18.5 | SO 19.0 | SS 11.9 | ST 0.2
SZ 1.2 | TD 20.3 | TG 9.5 | TN 12.3 | TZ 68.6 | UG 50.0 | YT 0.3 | ZA 64.0 | ZM 21.3 | ZW 16.6
AE 11.0 | AF 42.6 | AM 3.0 | AZ 10.3 | BD 173.6 | BH 1.6 | BN 0.5 | BT 0.8 | CN 1419.3 | GE 3.8 | HK 7.4 | ID 283.5
IL 9.4 | IN 1450.9 | IQ 46.0 | IR 91.6 | JO 11.6 | JP 123.8 | KG 7.2 | KH 17.6 | KP 26.5 | KR 51.7 | KW 4.9 | KZ 20.6
LA 7.8 | LB 5.8 | LK 23.1 | MM 54.5 | MN 3.5 | MO 0.7 | MV 0.5 | MY 35.6 | NP 29.7 | OM 5.3 | PH 115.8 | PK 251.3
PS 5.5 | QA 3.0 | SA 34.0 | SG 5.8 | SY 24.7 | TH 71.7 | TJ 10.6 | TM 7.5 | TR 87.5 | TW 23.2 | UZ 36.4 | VN 101.0
YE 40.6
AD 0.1 | AL 2.8 | AT 9.1 | BA 3.2 | BE 11.7 | BG 6.8 | BY 9.1 | CH 8.9 | CY 1.4 | CZ 10.7 | DE 84.6 | DK 6.0 | EE 1.4
ES 47.9 | FI 5.6 | FO 0.1 | FR 66.5 | GB 69.1 | GG 0.1 | GR 10.0 | HR 3.9 | HU 9.7 | IE 5.3 | IM 0.1 | IS 0.4 | IT 59.3
JE 0.1 | LT 2.9 | LU 0.7 | LV 1.9 | MD 3.0 | ME 0.6 | MK 1.8 | MT 0.5 | NL 18.2 | NO 5.6 | PL 38.5 | PT 10.4 | RO 19.0
RS 6.7 | RU 144.8 | SE 10.6 | SI 2.1 | SK 5.5 | UA 37.9 | XK 1.7
AG 0.1 | AW 0.1 | BB 0.3 | BM 0.1 | BS 0.4 | BZ 0.4 | CA 39.7 | CR 5.1 | CU 11.0 | CW 0.2 | DM 0.1 | DO 11.4 | GD 0.1
GL 0.1 | GP 0.4 | GT 18.4 | HN 10.8 | HT 11.8 | JM 2.8 | KY 0.1 | LC 0.2 | MQ 0.3 | MX 130.9 | NI 6.9 | PA 4.5 | PR 3.2
SV 6.3 | TT 1.5 | US 345.4 | VC 0.1 | VI 0.1
AU 26.7 | FJ 0.9 | FM 0.1 | GU 0.2 | KI 0.1 | NC 0.3 | NZ 5.2 | PF 0.3 | PG 10.6 | SB 0.8 | TL 1.4 | TO 0.1 | VU 0.3
WS 0.2
AR 45.7 | BO 12.4 | BR 212.0 | CL 19.8 | CO 52.9 | EC 18.1 | GF 0.3 | GY 0.8 | PE 34.2 | PY 6.9 | SR 0.6 | UY 3.4
VE 28.4`;
