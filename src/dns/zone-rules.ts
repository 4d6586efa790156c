import { absolute, isWildcard, isWithin, type Name, parentOf } from "./name.ts";
import { targetOf } from "./rdata/target.ts";
import type { RecordSet } from "./record-set.ts";
import {
  A,
  AAAA,
  ALIAS,
  CNAME,
  DNAME,
  DS,
  MX,
  NS,
  NSEC,
  type RecordType,
  RRSIG,
  SOA,
  SRV,
  typeName,
} from "./record-type.ts";
import { MAX_CHAIN } from "./resolve.ts";

/** What forbids a record set. */
export interface Breach {
  /** `null` when one is missing. */
  readonly set: RecordSet | null;
  readonly message: string;
}

/** Both together keep every answer within a message, whatever chain of names leads to it. */
export const MAX_SET_VALUES = 100;
export const MAX_SET_BYTES = 16_384;

type ByType = ReadonlyMap<RecordType, RecordSet>;

/** All that is wrong with the records of a zone, as far as it can be said without other zones. */
export function checkZone(apex: Name, sets: readonly RecordSet[]): readonly Breach[] {
  const owners = new Map<Name, Map<RecordType, RecordSet>>();
  for (const set of sets) {
    const own = owners.get(set.owner) ?? new Map<RecordType, RecordSet>();
    owners.set(set.owner, own.set(set.type, set));
  }
  const missing = [SOA, NS].filter((type) => !owners.get(apex)?.has(type));
  return [
    ...missing.map((type) => ({ set: null, message: `${absolute(apex)} has no ${typeName(type)}` })),
    ...sets.flatMap((set) => {
      const messages = [...alone(apex, set), ...beside(set, owners), ...below(apex, set, owners)];
      return messages.map((message) => ({ set, message }));
    }),
  ];
}

/** Types of which an owner has one record. */
const SINGLE: ReadonlySet<RecordType> = new Set([SOA, CNAME, ALIAS]);

function* alone(apex: Name, { owner, type, values }: RecordSet): Generator<string> {
  const name = typeName(type);
  if (!isWithin(owner, apex)) yield `${absolute(owner)} is outside the zone ${absolute(apex)}`;
  if (values.length > MAX_SET_VALUES) yield `more than ${MAX_SET_VALUES} records of one name and type`;
  if (values.reduce((sum, { length }) => sum + length, 0) > MAX_SET_BYTES)
    yield `more than ${MAX_SET_BYTES} bytes of one name and type`;
  if (SINGLE.has(type) && values.length > 1) yield `${name} may be there once only`;
  if (type === SOA && owner !== apex) yield `SOA belongs to the apex, ${absolute(apex)}`;
  if (type === DS && owner === apex) yield "DS belongs to the zone above";
  // They mean something only to a server that makes CNAMEs of them (RFC 6672).
  if (type === DNAME) yield "DNAME is not supported";
  // RFC 4592, section 4.2, leaves open what it would mean.
  if (type === NS && isWildcard(owner)) yield "a wildcard cannot be delegated";
}

function* beside({ owner, type }: RecordSet, owners: ReadonlyMap<Name, ByType>): Generator<string> {
  const own = owners.get(owner);
  if (type === CNAME) {
    // RFC 1034, section 3.6.2, and RFC 4034, section 2.5.
    const other = [...(own?.keys() ?? [])].find((each) => each !== CNAME && each !== RRSIG && each !== NSEC);
    if (other !== undefined) yield `CNAME cannot be beside ${typeName(other)}`;
  }
  if (type === ALIAS && (own?.has(A) || own?.has(AAAA))) yield "ALIAS cannot be beside A or AAAA";
  if (type === DS && !own?.has(NS)) yield "DS needs the NS of a delegation";
}

/** Delegations, and what names lead to. */
function* below(apex: Name, set: RecordSet, owners: ReadonlyMap<Name, ByType>): Generator<string> {
  const { owner, type, values } = set;
  const cut = cutAbove(apex, owner, owners);
  const isGlue = type === A || type === AAAA;
  if (cut !== null && !isGlue && (cut !== owner || ![NS, DS, NSEC, RRSIG].includes(type)))
    yield `${absolute(cut)} is delegated: it can have NS, DS and the addresses of its servers only`;
  if (LINKS.includes(type) && !endsChain(owner, owners))
    yield `it leads on for ever, or over more than ${MAX_CHAIN} names`;
  if (![NS, MX, SRV].includes(type)) return;
  for (const value of values) {
    const target = targetOf(type, value);
    if (target === null) continue;
    const there = owners.get(target);
    // RFC 2181, section 10.3.
    if (there?.has(CNAME)) yield `${typeName(type)} leads to ${absolute(target)}, which is a CNAME`;
    const needsGlue = type === NS && isWithin(target, owner);
    if (needsGlue && !there?.has(A) && !there?.has(AAAA)) yield `${absolute(target)} needs an address in this zone`;
  }
}

function cutAbove(apex: Name, owner: Name, owners: ReadonlyMap<Name, ByType>): Name | null {
  let cut: Name | null = null;
  for (let at = owner; at !== apex && isWithin(at, apex); at = parentOf(at)) if (owners.get(at)?.has(NS)) cut = at;
  return cut;
}

const LINKS: readonly RecordType[] = [CNAME, ALIAS];

function endsChain(owner: Name, owners: ReadonlyMap<Name, ByType>): boolean {
  let names: readonly Name[] = [owner];
  for (let hops = 0; hops <= MAX_CHAIN; hops++) {
    names = [...new Set(names.flatMap((name) => linksFrom(owners.get(name))))];
    if (names.length === 0) return true;
  }
  return false;
}

function linksFrom(own: ByType | undefined): Name[] {
  return LINKS.flatMap((type) => (own?.get(type)?.values ?? []).flatMap((value) => targetOf(type, value) ?? []));
}
