import { deny, typesBeside } from "./deny.ts";
import { followAlias } from "./follow-alias.ts";
import { lookUp } from "./look-up.ts";
import type { Query } from "./query.ts";
import { BADVERS, FORMERR, NOERROR, NXDOMAIN, type Rcode, REFUSED, SERVFAIL } from "./rcode.ts";
import { targetOf } from "./rdata/target.ts";
import type { Rdata } from "./record-set.ts";
import { ANY, CLASS_IN, HINFO, NXNAME, OPT } from "./record-type.ts";
import { refer } from "./refer.ts";
import { MAX_CHAIN, type Resolve } from "./resolve.ts";
import type { Response, Rrset } from "./response.ts";
import { type Zones, zoneOf } from "./zone.ts";

/** For RFC 8482, section 4.2: long, since asking for everything again is useless. */
const ANY_TTL_SECONDS = 3600;
/** Its two strings are `RFC8482` and nothing. */
const ANY_HINFO: Rdata = Uint8Array.of(7, ...Array.from("RFC8482", (letter) => letter.charCodeAt(0)), 0);

/**
 * The authoritative answer to a query: nothing is asked of anybody else. It holds only what was asked for, and the glue
 * of delegations; resolvers ask for the rest if they want it.
 *
 * `cookie` is the COOKIE option of the response, for a query that had one.
 */
export function answer(zones: Zones, query: Query, resolve: Resolve, cookie: Uint8Array | null = null): Response {
  const { head, question, edns } = query;
  const unfit = screen(query);
  const { scopePrefix, ...sections } = unfit === null ? follow(zones, query, resolve) : { ...NOTHING, rcode: unfit };
  if (edns === null) return { head, question, ...sections, edns };
  const { dnssecOk, compactOk, subnet } = edns;
  // Who asked that no address be used gets an answer for everybody (RFC 7871, section 7.1.2).
  const scoped = subnet && { ...subnet, scopePrefix: subnet.sourcePrefix === 0 ? 0 : scopePrefix };
  return { head, question, ...sections, edns: { dnssecOk, compactOk, subnet: scoped, cookie } };
}

/** What is refused before any zone is looked at. */
function screen({ question, edns }: Query): Rcode | null {
  if (edns !== null && edns.version !== 0) return BADVERS;
  if (question.class !== CLASS_IN) return REFUSED;
  // RFC 9824, section 3.5; and OPT is no record that could be asked for.
  if (question.type === NXNAME || question.type === OPT) return FORMERR;
  // Zone transfers, and what else can only be asked for (RFC 6895, section 3.1).
  return question.type > NXNAME && question.type < ANY ? REFUSED : null;
}

type Sections = Pick<Response, "rcode" | "authoritative" | "answer" | "authority" | "additional" | "denial">;
type Outcome = Sections & { readonly scopePrefix: number };

const NOTHING: Outcome = {
  rcode: NOERROR,
  authoritative: false,
  answer: [],
  authority: [],
  additional: [],
  denial: null,
  scopePrefix: 0,
};

/** Looks the question up, and along CNAMEs what it leads to, as far as that is in these zones. */
function follow(zones: Zones, { question, edns }: Query, resolve: Resolve): Outcome {
  const { type } = question;
  const chain: Rrset[] = [];
  let { name } = question;
  let scopePrefix = 0;
  const end = (last: Rrset | null, rest: Partial<Sections> = {}): Outcome => {
    const sections = { ...NOTHING, authoritative: true, ...rest };
    return { ...sections, answer: last === null ? chain : [...chain, last], scopePrefix };
  };
  while (chain.length <= MAX_CHAIN) {
    const zone = zoneOf(zones, name, type);
    if (zone === undefined) return chain.length === 0 ? { ...NOTHING, rcode: REFUSED } : end(null);
    const found = lookUp(zone, name, type);
    switch (found.kind) {
      case "no-name":
        return end(null, { ...deny(zone, name, null), rcode: NXDOMAIN });
      case "no-data":
        return end(null, deny(zone, name, typesBeside(type, found.node)));
      case "delegated":
        return end(null, { ...refer(zone, found.cut, edns?.dnssecOk ?? false), authoritative: chain.length > 0 });
      case "any":
        return end({ name, type: HINFO, ttl: ANY_TTL_SECONDS, values: [ANY_HINFO], zone: zone.apex });
      case "set":
      case "cname":
      case "alias": {
        const { set, node } = found;
        const resolved = found.kind === "alias" ? followAlias(zones, set, type, resolve) : resolve(set);
        if (resolved === null) return { ...NOTHING, rcode: SERVFAIL };
        const { values, ttl } = resolved;
        const [first] = values;
        const given = found.kind === "alias" ? type : set.type;
        scopePrefix = Math.max(scopePrefix, resolved.scopePrefix);
        if (first === undefined) return end(null, deny(zone, name, typesBeside(given, node)));
        const rrset: Rrset = { name, type: given, ttl, values, zone: zone.apex };
        const target = found.kind === "cname" ? targetOf(given, first) : null;
        if (target === null) return end(rrset);
        chain.push({ ...rrset, values: [first] });
        name = target;
      }
    }
  }
  return { ...NOTHING, rcode: SERVFAIL };
}
