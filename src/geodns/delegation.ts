import { toHex } from "../base/hex.ts";
import { type Ds, decodeDs, dsText } from "../dns/dnssec/ds.ts";
import { printRdata } from "../dns/rdata/presentation.ts";
import type { Rdata } from "../dns/record-set.ts";
import { NS } from "../dns/record-type.ts";
import type { Zone } from "../table/zone.ts";
import type { ZoneContents } from "../table/zone-contents.ts";
import type { Finding } from "./findings.ts";

/** What a recursive resolver, which comes in by the parent as clients do, says of a zone. */
export type Outside =
  | { readonly kind: "unasked" }
  /** In words, why nothing is known. */
  | { readonly kind: "silent"; readonly reason: string }
  | {
      readonly kind: "heard";
      /** Nothing where the zone does not exist (NXDOMAIN), or has no NS there (NODATA). */
      readonly servers: readonly Rdata[];
      /** `null` where it was not told. */
      readonly serial: number | null;
      /** `null` where it was not told; nothing where the parent has none. */
      readonly ds: readonly Rdata[] | null;
    };

/** Whether those who come in by the parent find the servers that the zone names. */
export function delegation({ apex, sets }: ZoneContents, outside: Outside): Finding {
  const own = namesOf(sets.find(({ set }) => set.owner === apex && set.type === NS)?.set.values ?? []);
  const names = own.join(", ");
  if (own.length === 0) return finding("failed", `${apex} has no NS`);
  const isAlone = own.length === 1;
  switch (outside.kind) {
    case "unasked":
      // RFC 2182, section 5.
      if (isAlone) return finding("warning", `${names} is its only server`);
      return finding("unchecked", `${names}; set DNS_RESOLVER to see whether its parent names the same`);
    case "silent":
      return finding("warning", `${names}; whether its parent names the same is not known: ${outside.reason}`);
    case "heard":
      break;
  }
  const seen = namesOf(outside.servers);
  if (seen.length === 0) return finding("failed", `the zone has ${names}; from outside it has no servers`);
  const both = `the zone has ${names}; from outside it has ${seen.join(", ")}`;
  if (!own.some((name) => seen.includes(name))) return finding("failed", both);
  if (seen.join() !== own.join()) return finding("warning", both);
  if (isAlone) return finding("warning", `${names} is its only server, from outside too`);
  return finding("ok", `${names}, from outside too`);
}

/** In one order, since a set has none. */
const namesOf = (servers: readonly Rdata[]) =>
  servers.map((server) => printRdata(NS, server).toLowerCase()).sort((a, b) => (a < b ? -1 : 1));

const finding = (status: Finding["status"], detail: string): Finding => ({ check: "delegation", status, detail });

/** Whether what is answered outside is as new as the table. Nothing where that is not known. */
export function serialOutside({ serial }: Zone, outside: Outside): readonly Finding[] {
  if (outside.kind !== "heard" || outside.serial === null) return [];
  if (outside.serial === serial) return [{ check: "soa", status: "ok", detail: `serial ${serial}, from outside too` }];
  const detail = `serial ${serial}, from outside ${outside.serial}: a cache has the other, or a server does`;
  return [{ check: "soa", status: "warning", detail }];
}

/** A key that may be pointed at. */
export interface OwnDs extends Ds {
  /** Whether the parent should have it now. */
  readonly isWanted: boolean;
  /** Whether a person has said that it has. */
  readonly isSaid: boolean;
}

/**
 * Whether the parent points at keys that the zone has; `own` is nothing where it is not signed. A zone whose parent has
 * other DS alone is bogus for all who validate (RFC 4035, section 5.2).
 */
export function parentDs(own: readonly OwnDs[], outside: Outside): readonly Finding[] {
  if (outside.kind !== "heard") return [];
  if (outside.ds === null)
    return own.length === 0 ? [] : [chain("warning", "the resolver does not say which DS the parent has")];
  const held = outside.ds.map(decodeDs).filter((ds) => ds !== null);
  const wanted = own.find(({ isWanted }) => isWanted);
  if (held.length === 0) return own.length === 0 ? [] : [missing(wanted)];
  if (own.length === 0)
    return [chain("failed", `the parent has the DS ${tagsOf(held)}, but the zone is not signed: it is bogus`)];
  const known = held.filter((ds) => own.some((each) => isSame(each, ds)));
  const strange = held.filter((ds) => !known.includes(ds));
  if (known.length === 0)
    return [chain("failed", `the parent has the DS ${tagsOf(strange)}, none of a key of the zone: it is bogus`)];
  if (strange.length > 0)
    return [chain("warning", `the parent has the DS ${tagsOf(known)}, and ${tagsOf(strange)} of no key of the zone`)];
  if (wanted === undefined)
    return [chain("warning", `the parent has the DS ${tagsOf(known)} before every cache has its key`)];
  if (known.some((ds) => isSame(wanted, ds))) return [chain("ok", `the parent has the DS ${tagsOf(known)}`)];
  return [chain("warning", `the parent has the DS ${tagsOf(known)}; give it ${dsText(wanted)}`)];
}

function missing(wanted: OwnDs | undefined): Finding {
  if (wanted === undefined) return chain("ok", "the parent has no DS, and must have none yet");
  const said = wanted.isSaid ? ", though somebody has said that it has" : "";
  return chain(wanted.isSaid ? "failed" : "warning", `the parent has no DS${said}; give it ${dsText(wanted)}`);
}

const tagsOf = (all: readonly Ds[]) => [...new Set(all.map(({ tag }) => tag))].join(", ");

/** Of digests that are not made here, the key alone can be compared. */
const isSame = (own: Ds, ds: Ds): boolean =>
  own.tag === ds.tag &&
  own.algorithm === ds.algorithm &&
  (own.digestType !== ds.digestType || toHex(own.digest) === toHex(ds.digest));

const chain = (status: Finding["status"], detail: string): Finding => ({ check: "dnssec", status, detail });
