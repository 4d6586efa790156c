import { type Ip, ipOfWords } from "../base/ip.ts";
import type { ClientSubnet } from "../dns/client-subnet.ts";
import { continentOfCountry } from "../geo/countries.ts";
import { nowhere, type Place } from "../geo/place.ts";

/** For whom an answer is. */
export interface DnsClient {
  readonly place: Place;
  /** Leading bits of its address that say where it is; 0 where no address was used. */
  readonly prefix: number;
}

/** Bits that tell places apart; more would split the caches of resolvers for nothing (RFC 7871, section 11.1). */
const PLACE_BITS = { 4: 24, 6: 56 } as const;

/** The client that a resolver speaks for (RFC 7871); whoever asks, where it says nothing. */
export function dnsClient(
  subnet: ClientSubnet | null,
  asker: Place,
  countryByIp: (ip: Ip) => string | null,
): DnsClient {
  if (subnet === null) return { place: asker, prefix: 0 };
  const ip = addressOf(subnet);
  // It asks that no address be used, so that the resolver's own place is as good as any.
  if (ip === null) return { place: asker, prefix: 0 };
  const country = countryByIp(ip);
  const continent = country === null ? null : continentOfCountry(country);
  return { place: { ...nowhere, country, continent }, prefix: Math.min(subnet.sourcePrefix, PLACE_BITS[ip.family]) };
}

function addressOf({ family, sourcePrefix, address }: ClientSubnet): Ip | null {
  if (family === 0 || sourcePrefix === 0) return null;
  const bytes = new DataView(new ArrayBuffer(family === 1 ? 4 : 16));
  for (const [at, byte] of address.entries()) bytes.setUint8(at, byte);
  return ipOfWords(Array.from({ length: bytes.byteLength / 4 }, (_, at) => bytes.getUint32(at * 4)));
}
