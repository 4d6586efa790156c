/** Somebody who sends requests, and what is true of them whatever the production code makes of it. */
export interface Client {
  readonly name: string;
  /** What the platform says of the place; `null` where it says nothing. */
  readonly cf: Readonly<Record<string, unknown>> | null;
  readonly address: string;
  /** The id of the jurisdiction that protects them; `none`, or `unknown` where the place is not known. */
  readonly jurisdiction: string;
}

const client = (name: string, jurisdiction: string, address: string, cf: Client["cf"]): Client => ({
  name,
  jurisdiction,
  address,
  cf,
});

/** Written out by hand, so that residency is judged by something else than the code that it is to judge. */
export const clients: readonly Client[] = [
  client("berlin", "eu-eea", "203.0.113.10", place("DE", "EU", 52.5, 13.4)),
  client("reykjavik", "eu-eea", "203.0.113.20", place("IS", "EU", 64.1, -21.9)),
  client("london", "uk", "203.0.113.30", place("GB", "EU", 51.5, -0.1)),
  client("zurich", "switzerland", "203.0.113.40", place("CH", "EU", 47.4, 8.5)),
  client("los-angeles", "california", "203.0.113.50", { ...place("US", "NA", 34.1, -118.2), regionCode: "CA" }),
  client("new-york", "none", "203.0.113.60", { ...place("US", "NA", 40.7, -74), regionCode: "NY" }),
  client("sao-paulo", "brazil", "203.0.113.70", place("BR", "SA", -23.6, -46.6)),
  client("tokyo", "japan", "203.0.113.80", place("JP", "AS", 35.7, 139.7)),
  client("nairobi", "none", "203.0.113.90", place("KE", "AF", -1.3, 36.8)),
  client("somewhere", "unknown", "203.0.113.100", null),
];

function place(country: string, continent: string, latitude: number, longitude: number) {
  return { country, continent, latitude: String(latitude), longitude: String(longitude) };
}

/** The services of a run by host; each is answered under its own rule of residency. */
export const SERVICES = ["strict", "lenient", "free"] as const;
export const hostOf = (service: string): string => `${service}.sim.test`;
