import { type Name, parentOf, wildcardBelow } from "./name.ts";
import type { RecordSet } from "./record-set.ts";
import { A, AAAA, ALIAS, ANY, CNAME, DS, type RecordType } from "./record-type.ts";
import type { Zone, ZoneNode } from "./zone.ts";

/** What a zone has to say about a name and a type. */
export type Found =
  | { readonly kind: "set"; readonly set: RecordSet; readonly node: ZoneNode }
  /** The name is another's alias, whatever the type. */
  | { readonly kind: "cname"; readonly set: RecordSet; readonly node: ZoneNode }
  /** Its addresses are those of another name. */
  | { readonly kind: "alias"; readonly set: RecordSet; readonly node: ZoneNode }
  /** All types were asked for, and there are some. */
  | { readonly kind: "any" }
  /** Servers further down know. */
  | { readonly kind: "delegated"; readonly cut: ZoneNode }
  /** The name is there, or a wildcard stands for it, without the type. */
  | { readonly kind: "no-data"; readonly node: ZoneNode }
  | { readonly kind: "no-name" };

/** The algorithm of RFC 1034, section 4.3.2, step 3, with the wildcards of RFC 4592. `name` lies in the zone. */
export function lookUp(zone: Zone, name: Name, type: RecordType): Found {
  const exact = zone.nodes.get(name);
  if (exact !== undefined) return lookAt(exact, type);
  const encloser = closestEncloser(zone, name);
  if (encloser.cut !== null) return { kind: "delegated", cut: encloser.cut };
  // Only the wildcard right below the closest encloser counts, so that any name between it and a wildcard hides that.
  const wildcard = zone.nodes.get(wildcardBelow(encloser.name));
  return wildcard === undefined ? { kind: "no-name" } : lookAt(wildcard, type);
}

function closestEncloser(zone: Zone, name: Name): ZoneNode {
  for (let at = parentOf(name); ; at = parentOf(at)) {
    const node = zone.nodes.get(at);
    if (node !== undefined) return node;
  }
}

function lookAt(node: ZoneNode, type: RecordType): Found {
  const { sets, cut } = node;
  // Of a delegation the parent answers for DS only (RFC 4035, section 3.1.4.1).
  if (cut !== null && (cut !== node || type !== DS)) return { kind: "delegated", cut };
  const cname = sets.get(CNAME);
  const set = type === ANY ? cname : sets.get(type);
  if (set !== undefined && type !== ALIAS) return { kind: "set", set, node };
  if (cname !== undefined) return { kind: "cname", set: cname, node };
  if (type === ANY && sets.size > 0) return { kind: "any" };
  const alias = type === A || type === AAAA ? sets.get(ALIAS) : undefined;
  return alias === undefined ? { kind: "no-data", node } : { kind: "alias", set: alias, node };
}
