/** Where a client is, as the runtime's `MF-CF-Blob` header sets it. */
export interface ClientPlace {
  readonly country: string;
  readonly continent: "AF" | "AN" | "AS" | "EU" | "NA" | "OC" | "SA";
  readonly colo: string;
  readonly latitude: string;
  readonly longitude: string;
  readonly asn: number;
  readonly region?: string;
  readonly regionCode?: string;
}

/** One client beside each seeded region: the region is the nearest and the fastest from there. */
export const places = {
  "us-east-1": {
    country: "US",
    continent: "NA",
    colo: "IAD",
    latitude: "38.9",
    longitude: "-77.4",
    asn: 7922,
    region: "Virginia",
    regionCode: "VA",
  },
  "us-west-2": {
    country: "US",
    continent: "NA",
    colo: "PDX",
    latitude: "45.5",
    longitude: "-122.7",
    asn: 7922,
    region: "Oregon",
    regionCode: "OR",
  },
  "ca-central-1": {
    country: "CA",
    continent: "NA",
    colo: "YUL",
    latitude: "45.5",
    longitude: "-73.6",
    asn: 577,
    region: "Quebec",
    regionCode: "QC",
  },
  "eu-west-1": { country: "IE", continent: "EU", colo: "DUB", latitude: "53.3", longitude: "-6.3", asn: 5466 },
  "eu-central-1": { country: "DE", continent: "EU", colo: "FRA", latitude: "50.1", longitude: "8.7", asn: 3320 },
  "eu-west-2": { country: "GB", continent: "EU", colo: "LHR", latitude: "51.5", longitude: "-0.1", asn: 2856 },
  "ap-southeast-1": { country: "SG", continent: "AS", colo: "SIN", latitude: "1.35", longitude: "103.8", asn: 3758 },
  "ap-northeast-1": { country: "JP", continent: "AS", colo: "NRT", latitude: "35.7", longitude: "139.7", asn: 4713 },
  "ap-southeast-2": { country: "AU", continent: "OC", colo: "SYD", latitude: "-33.9", longitude: "151.2", asn: 1221 },
  "ap-south-1": { country: "IN", continent: "AS", colo: "BOM", latitude: "19.1", longitude: "72.9", asn: 55836 },
  "sa-east-1": { country: "BR", continent: "SA", colo: "GRU", latitude: "-23.5", longitude: "-46.6", asn: 28573 },
  "me-south-1": { country: "AE", continent: "AS", colo: "DXB", latitude: "25.2", longitude: "55.3", asn: 5384 },
  "af-south-1": { country: "ZA", continent: "AF", colo: "CPT", latitude: "-33.9", longitude: "18.4", asn: 3741 },
} as const satisfies Record<string, ClientPlace>;

export type PlaceName = keyof typeof places;
