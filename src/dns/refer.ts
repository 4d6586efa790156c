import { isWithin } from "./name.ts";
import { targetOf } from "./rdata/target.ts";
import { A, AAAA, DS, NS } from "./record-type.ts";
import type { Response, Rrset } from "./response.ts";
import type { Zone, ZoneNode } from "./zone.ts";

/** Of each family for each server. Enough to find it by, and few enough for a message. */
const MAX_GLUE = 8;

/**
 * The sections that send a resolver on to the servers of a delegation, with the addresses of those whose names lie in
 * this zone (RFC 9471): without them they might not be found. With `dnssecOk` also the DS, or that there is none.
 */
export function refer(
  zone: Zone,
  cut: ZoneNode,
  dnssecOk: boolean,
): Pick<Response, "authority" | "additional" | "denial"> {
  const servers = cut.sets.get(NS);
  if (servers === undefined) throw new Error(`${cut.name} is no cut`);
  const delegation: Rrset = { name: cut.name, type: NS, ttl: servers.ttl, values: servers.values, zone: null };
  const additional = servers.values.flatMap((value) => glueOf(zone, value));
  if (!dnssecOk) return { authority: [delegation], additional, denial: null };
  const signers = cut.sets.get(DS);
  if (signers !== undefined) {
    const { ttl, values } = signers;
    const chain: Rrset = { name: cut.name, type: DS, ttl, values, zone: zone.apex };
    return { authority: [delegation, chain], additional, denial: null };
  }
  const denial = { zone: zone.apex, name: cut.name, types: [NS], exists: true, ttl: zone.negativeTtl };
  return { authority: [delegation], additional, denial };
}

function glueOf(zone: Zone, server: Uint8Array): Rrset[] {
  const name = targetOf(NS, server);
  if (name === null || !isWithin(name, zone.apex)) return [];
  const sets = zone.nodes.get(name)?.sets;
  return [A, AAAA].flatMap((type) => {
    const set = sets?.get(type);
    return set === undefined ? [] : [{ name, type, ttl: set.ttl, values: set.values.slice(0, MAX_GLUE), zone: null }];
  });
}
