import { z } from "zod";
import { domainNameSchema } from "./domain-name.ts";

/** A zone by its apex, such as `novacron.io`: in lower case, without the dot of the root. */
export const zoneIdSchema = domainNameSchema.brand<"ZoneId">();

export const MAX_ZONES = 1000;
/** RFC 1982 serials are unsigned 32-bit numbers. */
export const MAX_SERIAL = 0xffff_ffff;
/** RFC 2181, section 8: a TTL with the highest bit set counts as 0. */
export const MAX_TTL_SECONDS = 0x7fff_ffff;
/** RFC 2308, section 5, finds 1 to 3 hours sensible and a day too much. */
const MAX_NEGATIVE_TTL_SECONDS = 86_400;

const intervalSchema = z.int().min(1).max(MAX_TTL_SECONDS);

/** A zone that is answered for: its start of authority (RFC 1035, section 3.3.13), and what holds for all of it. */
export const zoneSchema = z.strictObject({
  /** The primary name server; secondaries have no use for it, since zones are not transferred. */
  primary: domainNameSchema,
  /** The mailbox of who is responsible, as a name: the first dot stands for the at sign. */
  contact: domainNameSchema,
  /** Goes up by itself with each change of the zone or its record sets, and never back. */
  serial: z.int().min(1).max(MAX_SERIAL).default(1),
  refreshSeconds: intervalSchema.default(7200),
  retrySeconds: intervalSchema.default(900),
  expireSeconds: intervalSchema.default(1_209_600),
  /** How long resolvers may keep that a name or type is not there (RFC 2308). */
  negativeTtlSeconds: z.int().min(0).max(MAX_NEGATIVE_TTL_SECONDS).default(300),
  /** Of the record sets that name none. */
  ttlSeconds: z.int().min(0).max(MAX_TTL_SECONDS).default(300),
});
export type Zone = z.infer<typeof zoneSchema>;
