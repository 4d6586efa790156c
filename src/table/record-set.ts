import { z } from "zod";
import { isStored, parseType, typeName } from "../dns/record-type.ts";
import { OWNER } from "./domain-name.ts";
import { answerValuesSchema, steeringSchema } from "./steering.ts";
import { MAX_TTL_SECONDS } from "./zone.ts";

/**
 * The types of records that a zone may hold, by name; others as TYPE and a number (RFC 3597, section 5). SOA is made of
 * the zone itself, and what signs it by the signer. ALIAS is no type of the DNS: its name has the addresses of another.
 */
const NAMED = "A|AAAA|ALIAS|CAA|CDNSKEY|CDS|CNAME|DS|HINFO|HTTPS|MX|NAPTR|NS|PTR|SRV|SSHFP|SVCB|TLSA|TXT" as const;
const TYPE = `(?:${NAMED}|TYPE[1-9][0-9]{0,4})`;

/** A type that has a name is called by it, so that a set has one id. */
const isOwnName = (type: string): boolean => {
  const known = parseType(type);
  return known.ok && isStored(known.value) && typeName(known.value) === type;
};
const TYPE_EXPECTED = `expected one of ${NAMED.replaceAll("|", ", ")}, or TYPE and the number of another`;

export const recordOwnerSchema = z
  .string()
  .max(255)
  .regex(new RegExp(`^${OWNER}$`), "expected a name in lower case, or *. and a name");
export const recordTypeSchema = z
  .string()
  .regex(new RegExp(`^${TYPE}$`), TYPE_EXPECTED)
  .refine(isOwnName, TYPE_EXPECTED);

/** `<owner>/<TYPE>`, such as `api.novacron.io/A` or `*.novacron.io/TXT`. */
export const recordSetIdSchema = z
  .string()
  .max(270)
  .regex(new RegExp(`^${OWNER}/${TYPE}$`), "expected a name in lower case and a type, such as api.novacron.io/A")
  .refine((id) => isOwnName(recordKeyOf(id).type), TYPE_EXPECTED)
  .brand<"RecordSetId">();

export const MAX_RECORD_SETS = 20_000;

/** The records of one owner and type: what they say, or who is told what. */
export const recordSetSchema = z
  .strictObject({
    /** `null` is the zone's. */
    ttlSeconds: z.int().min(0).max(MAX_TTL_SECONDS).nullable().default(null),
    /** In presentation form (RFC 1035, section 5), names in full: the dot at their end may be left out. */
    values: answerValuesSchema.nullable().default(null),
    policy: steeringSchema.nullable().default(null),
  })
  .refine(({ values, policy }) => (values === null) !== (policy === null), "expected either values or a policy");
export type RecordSet = z.infer<typeof recordSetSchema>;

export interface RecordKey {
  readonly owner: string;
  readonly type: string;
}

/** What an id is made of. */
export function recordKeyOf(id: string): RecordKey {
  const slash = id.lastIndexOf("/");
  return { owner: id.slice(0, slash), type: id.slice(slash + 1) };
}

/** Every list of values that the record set may answer with, and where it is within it. */
export function valueListsOf({ values, policy }: RecordSet): (readonly [path: readonly string[], values: string[]])[] {
  if (values !== null) return [[["values"], values]];
  if (policy === null) return [];
  const listsIn = (field: string, targets: Readonly<Record<string, { readonly values: string[] }>>) =>
    Object.entries(targets).map(([id, target]) => [["policy", field, id, "values"], target.values] as const);
  return policy.kind === "geolocation"
    ? [
        ...listsIn("countries", policy.countries),
        ...listsIn("continents", policy.continents),
        [["policy", "default", "values"], policy.default.values],
      ]
    : listsIn("targets", policy.targets);
}
