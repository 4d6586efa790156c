import { lookUp } from "./look-up.ts";
import { targetOf } from "./rdata/target.ts";
import type { RecordSet } from "./record-set.ts";
import type { RecordType } from "./record-type.ts";
import { MAX_CHAIN, type Resolve, type Resolved } from "./resolve.ts";
import { type Zones, zoneOf } from "./zone.ts";

/**
 * The addresses that an ALIAS stands for: its target's, along CNAMEs and other aliases, for the shortest TTL and the
 * narrowest scope on the way. `null` where they are not in these zones, or the way never ends.
 */
export function followAlias(zones: Zones, alias: RecordSet, type: RecordType, resolve: Resolve): Resolved | null {
  let { ttl } = alias;
  let scopePrefix = 0;
  let set = alias;
  for (let hops = 0; hops <= MAX_CHAIN; hops++) {
    const link = resolve(set);
    const [first] = link.values;
    ttl = Math.min(ttl, link.ttl);
    scopePrefix = Math.max(scopePrefix, link.scopePrefix);
    const name = first && targetOf(set.type, first);
    if (name === undefined) return { values: [], ttl, scopePrefix };
    const zone = name && zoneOf(zones, name, type);
    if (!name || !zone) return null;
    const found = lookUp(zone, name, type);
    switch (found.kind) {
      case "set": {
        const last = resolve(found.set);
        return {
          values: last.values,
          ttl: Math.min(ttl, last.ttl),
          scopePrefix: Math.max(scopePrefix, last.scopePrefix),
        };
      }
      case "cname":
      case "alias":
        set = found.set;
        break;
      case "no-data":
      case "no-name":
        return { values: [], ttl, scopePrefix };
      case "any":
      case "delegated":
        return null;
    }
  }
  return null;
}
