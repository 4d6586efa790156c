import { distanceKm, type Point } from "./distance.ts";

/** A data centre of Cloudflare's network. Degrees, WGS 84. */
export interface Colo extends Point {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

/** Looks up a colo by its code, the IATA code of an airport near it; `undefined` for one that is newer than this list. */
export function coloOf(code: string): Colo | undefined {
  colos ??= parseColos();
  return colos.get(code);
}

/** The codes of all. */
export function coloCodes(): Iterable<string> {
  colos ??= parseColos();
  return colos.keys();
}

/** The code of the nearest one. */
export function coloNear(point: Point): string {
  colos ??= parseColos();
  let nearest = "";
  let least = Number.POSITIVE_INFINITY;
  for (const [code, colo] of colos) {
    const km = distanceKm(point, colo);
    if (km < least) [nearest, least] = [code, km];
  }
  return nearest;
}

/**
 * Code, country, latitude, longitude; one decimal, about 11 km. Codes and countries as www.cloudflarestatus.com and
 * speed.cloudflare.com/locations list them (by way of github.com/Netrvin/cloudflare-colo-list, November 2026); the
 * points are those of the airports, and for colos in China without one in that list, of the city.
 */
const table = `
  AAE DZ 36.8 7.8 | ABJ CI 5.3 -3.9 | ABQ US 35.0 -106.6 | ACC GH 5.6 -0.2 | ACX CN 25.1 104.9 | ADB TR 38.3 27.2
  ADD ET 9.0 38.8 | ADL AU -34.9 138.5 | AGR IN 27.2 78.0 | AKL NZ -37.0 174.8 | AKX KZ 50.2 57.2 | ALA KZ 43.4 77.0
  ALG DZ 36.7 3.2 | AMD IN 23.1 72.6 | AMM JO 31.7 36.0 | AMS NL 52.3 4.8 | ANC US 61.2 -150.0 | ARI CL -18.3 -70.3
  ARN SE 59.7 17.9 | ARU BR -21.1 -50.4 | ASK CI 6.9 -5.4 | ASU PY -25.2 -57.5 | ATH GR 37.9 23.9
  ATL US 33.6 -84.4 | AUS US 30.2 -97.7 | AVA CN 26.3 105.9 | BAH BH 26.3 50.6 | BAQ CO 10.9 -74.8
  BBI IN 20.2 85.8 | BCN ES 41.3 2.1 | BDQ IN 22.3 73.2 | BEG RS 44.8 20.3 | BEL BR -1.4 -48.5 | BEY LB 33.8 35.5
  BGI BB 13.1 -59.5 | BGR US 44.8 -68.8 | BGW IQ 33.3 44.2 | BKK TH 13.7 100.7 | BLR IN 13.2 77.7
  BNA US 36.1 -86.7 | BNE AU -27.4 153.1 | BOD FR 44.8 -0.7 | BOG CO 4.7 -74.1 | BOM IN 19.1 72.9
  BOS US 42.4 -71.0 | BRU BE 50.9 4.5 | BSB BR -15.9 -47.9 | BSR IQ 30.5 47.7 | BTS SK 48.2 17.2 | BUD HU 47.4 19.3
  BUF US 42.9 -78.7 | BWN BN 4.9 114.9 | CAI EG 30.1 31.4 | CAN CN 23.4 113.3 | CAW BR -21.7 -41.3
  CBR AU -35.3 149.2 | CCU IN 22.7 88.4 | CDG FR 49.0 2.5 | CEB PH 10.3 124.0 | CFC BR -26.8 -51.0
  CGB BR -15.7 -56.1 | CGD CN 29.0 111.7 | CGK ID -6.1 106.7 | CGO CN 34.5 113.8 | CGP BD 22.2 91.8
  CGY PH 8.4 124.6 | CHC NZ -43.5 172.5 | CJB IN 11.0 77.0 | CKG CN 29.7 106.6 | CLE US 41.4 -81.8
  CLO CO 3.5 -76.4 | CLT US 35.2 -80.9 | CMB LK 7.2 79.9 | CMH US 40.0 -82.9 | CNF BR -19.6 -44.0 | CNN IN 11.9 75.5
  CNX TH 18.8 99.0 | COK IN 10.2 76.4 | COR AR -31.3 -64.2 | CPH DK 55.6 12.7 | CPT ZA -34.0 18.6
  CRK PH 15.2 120.6 | CSX CN 28.2 113.2 | CTU CN 30.6 103.9 | CVG US 39.0 -84.7 | CWB BR -25.5 -49.2
  CZL DZ 36.3 6.6 | CZX CN 31.9 119.8 | DAC BD 23.8 90.4 | DAD VN 16.0 108.2 | DAR TZ -6.9 39.2 | DEL IN 28.6 77.1
  DEN US 39.9 -104.7 | DFW US 32.9 -97.0 | DKR SN 14.7 -17.5 | DLA CM 4.0 9.7 | DLC CN 39.0 121.5 | DME RU 55.4 37.9
  DMM SA 26.5 49.8 | DOH QA 25.3 51.6 | DPS ID -8.7 115.2 | DTW US 42.2 -83.4 | DUB IE 53.4 -6.3 | DUR ZA -29.6 31.1
  DUS DE 51.3 6.8 | DXB AE 25.3 55.4 | EBB UG 0.0 32.4 | EBL IQ 36.2 44.0 | EVN AM 40.1 44.4 | EWR US 40.7 -74.2
  EZE AR -34.8 -58.5 | FCO IT 41.8 12.3 | FIH CD -4.4 15.4 | FLN BR -27.7 -48.6 | FOC CN 25.9 119.7
  FOR BR -3.8 -38.5 | FRA DE 50.0 8.5 | FRU KG 43.1 74.5 | FSD US 43.6 -96.7 | FUK JP 33.6 130.5 | FUO CN 23.1 113.1
  GBE BW -24.6 25.9 | GDL MX 20.5 -103.3 | GEO GY 6.5 -58.3 | GIG BR -22.8 -43.3 | GND GD 12.0 -61.8
  GOT SE 57.7 12.3 | GRU BR -23.4 -46.5 | GUA GT 14.6 -90.5 | GUM GU 13.5 144.8 | GVA CH 46.2 6.1 | GYD AZ 40.5 50.0
  GYE EC -2.2 -79.9 | GYN BR -16.6 -49.2 | HAK CN 19.9 110.5 | HAM DE 53.6 10.0 | HAN VN 21.2 105.8
  HBA AU -42.8 147.5 | HEL FI 60.3 25.0 | HFA IL 32.8 35.0 | HGH CN 30.2 120.4 | HKG HK 22.3 113.9
  HNL US 21.3 -157.9 | HRE ZW -17.9 31.1 | HYD IN 17.2 78.4 | HYN CN 28.6 121.4 | IAD US 38.9 -77.5
  IAH US 30.0 -95.3 | ICN KR 37.5 126.5 | IND US 39.7 -86.3 | ISB PK 33.6 73.1 | IST TR 41.3 28.7 | ISU IQ 35.6 45.3
  IXC IN 30.7 76.8 | JAX US 30.5 -81.7 | JDO BR -7.2 -39.3 | JED SA 21.7 39.2 | JHB MY 1.6 103.7 | JIB DJ 11.5 43.2
  JNB ZA -26.1 28.2 | JOG ID -7.8 110.4 | JOI BR -26.2 -48.8 | JRG IN 21.9 84.1 | JXG CN 30.7 120.7
  KBP UA 50.3 30.9 | KCH MY 1.5 110.3 | KEF IS 64.0 -22.6 | KGL RW -2.0 30.1 | KHH TW 22.6 120.3 | KHI PK 24.9 67.2
  KHN CN 28.9 115.9 | KIN JM 17.9 -76.8 | KIV MD 46.9 28.9 | KIX JP 34.4 135.2 | KJA RU 56.2 92.5
  KMG CN 25.1 102.9 | KNU IN 26.4 80.4 | KTM NP 27.7 85.4 | KUL MY 2.7 101.7 | KWE CN 26.5 106.8 | KWI KW 29.2 48.0
  LAD AO -8.9 13.2 | LAS US 36.1 -115.2 | LAX US 33.9 -118.4 | LCA CY 34.9 33.6 | LED RU 59.8 30.3
  LHE PK 31.5 74.4 | LHR GB 51.5 -0.5 | LIM PE -12.0 -77.1 | LIS PT 38.8 -9.1 | LJU SI 46.2 14.5 | LLK AZ 38.7 48.8
  LLW MW -13.8 33.8 | LOS NG 6.6 3.3 | LPB BO -16.5 -68.2 | LUN ZM -15.3 28.5 | LUX LU 49.6 6.2 | LYA CN 34.7 112.4
  LYS FR 45.7 5.1 | MAA IN 13.0 80.2 | MAD ES 40.5 -3.6 | MAN GB 53.4 -2.3 | MAO BR -3.0 -60.0 | MBA KE -4.0 39.6
  MCI US 39.3 -94.7 | MCT OM 23.6 58.3 | MDE CO 6.2 -75.4 | MEL AU -37.7 144.8 | MEM US 35.0 -90.0
  MEX MX 19.4 -99.1 | MFM MO 22.1 113.6 | MIA US 25.8 -80.3 | MLA MT 35.9 14.5 | MLE MV 4.2 73.5 | MLG ID -7.9 112.7
  MNL PH 14.5 121.0 | MPM MZ -25.9 32.6 | MRS FR 43.4 5.2 | MRU MU -20.4 57.7 | MSP US 44.9 -93.2 | MSQ BY 53.9 28.0
  MUC DE 48.4 11.8 | MXP IT 45.6 8.7 | NAG IN 21.1 79.0 | NBO KE -1.3 36.9 | NJF IQ 32.0 44.4 | NOU NC -22.0 166.2
  NQN AR -38.9 -68.2 | NQZ KZ 51.0 71.5 | NRT JP 35.8 140.4 | NVT BR -26.9 -48.7 | OKA JP 26.2 127.6
  OKC US 35.4 -97.6 | OMA US 41.3 -95.9 | ORD US 42.0 -87.9 | ORF US 36.9 -76.2 | ORN DZ 35.6 -0.6
  OSL NO 60.2 11.1 | OTP RO 44.6 26.1 | OUA BF 12.4 -1.5 | PAT IN 25.6 85.1 | PBH BT 27.4 89.4 | PBM SR 5.5 -55.2
  PDX US 45.6 -122.6 | PER AU -31.9 116.0 | PHL US 39.9 -75.2 | PHX US 33.4 -112.0 | PIT US 40.5 -80.2
  PKX CN 39.5 116.4 | PMO IT 38.2 13.1 | PMW BR -10.3 -48.4 | PNH KH 11.5 104.8 | PNQ IN 18.6 73.9
  POA BR -30.0 -51.2 | POS TT 10.6 -61.3 | PPT PF -17.6 -149.6 | PRG CZ 50.1 14.3 | PTY PA 9.1 -79.4
  QRO MX 20.6 -100.2 | QWJ BR -22.7 -47.3 | RAO BR -21.1 -47.8 | RDU US 35.9 -78.8 | REC BR -8.1 -34.9
  RIC US 37.5 -77.3 | RIX LV 56.9 24.0 | RUH SA 25.0 46.7 | RUN RE -20.9 55.5 | SAN US 32.7 -117.2
  SAP HN 15.5 -87.9 | SAT US 29.5 -98.5 | SCL CL -33.4 -70.8 | SDQ DO 18.4 -69.7 | SEA US 47.4 -122.3
  SFO US 37.6 -122.4 | SGN VN 10.8 106.7 | SHA CN 31.2 121.3 | SIN SG 1.4 104.0 | SJC US 37.4 -121.9
  SJK BR -23.2 -45.9 | SJO CR 10.0 -84.2 | SJP BR -20.8 -49.4 | SJU PR 18.4 -66.0 | SJW CN 38.3 114.7
  SKG GR 40.5 23.0 | SKP MK 42.0 21.6 | SLC US 40.8 -112.0 | SMF US 38.7 -121.6 | SOD BR -23.5 -47.5
  SOF BG 42.7 23.4 | SSA BR -12.1 -45.7 | STI DO 19.4 -70.6 | STL US 38.7 -90.4 | STR DE 48.7 9.2
  SUV FJ -18.0 178.6 | SYD AU -33.9 151.2 | SZX CN 22.6 113.8 | TAO CN 36.3 120.4 | TBS GE 41.7 45.0
  TEN CN 27.9 109.3 | TGU HN 14.1 -87.2 | TIA AL 41.4 19.7 | TLH US 30.4 -84.4 | TLL EE 59.4 24.8 | TLV IL 32.0 34.9
  TNA CN 36.9 117.2 | TNR MG -18.8 47.5 | TPA US 28.0 -82.5 | TPE TW 25.1 121.2 | TUN TN 36.9 10.2
  TXL DE 52.6 13.3 | TYN CN 37.7 112.6 | UDI BR -18.9 -48.2 | UDR IN 24.6 73.9 | UIO EC -0.1 -78.4
  ULN MN 47.8 106.8 | URT TH 9.1 99.1 | VCP BR -23.0 -47.1 | VIE AT 48.1 16.6 | VIX BR -20.3 -40.3
  VNO LT 54.6 25.3 | VTE LA 18.0 102.6 | WAW PL 52.2 21.0 | WDH NA -22.5 17.5 | WLG NZ -41.3 174.8
  WRO PL 51.1 16.9 | XAP BR -27.1 -52.7 | XFN CN 32.2 112.3 | XIY CN 34.4 108.8 | XNH IQ 30.9 46.1
  YHZ CA 44.9 -63.5 | YUL CA 45.5 -73.7 | YVR CA 49.2 -123.2 | YWG CA 49.9 -97.2 | YXE CA 52.2 -106.7
  YYC CA 51.1 -114.0 | YYZ CA 43.7 -79.6 | ZAG HR 45.7 16.1 | ZDM PS 32.3 35.0 | ZRH CH 47.5 8.5`;

let colos: ReadonlyMap<string, Colo> | undefined;

function parseColos(): ReadonlyMap<string, Colo> {
  const parsed = new Map<string, Colo>();
  for (const entry of table.split(/[|\n]/)) {
    const [code, country, latitude, longitude] = entry.trim().split(" ");
    if (code && country) parsed.set(code, { country, latitude: Number(latitude), longitude: Number(longitude) });
  }
  return parsed;
}
