import { z } from "zod";
import { canonicalCidrSchema } from "./cidr.ts";

/** Signatures of one defence: each is looked at on each request of its service while it lasts. */
export const MAX_SIGNATURES = 8;

/** What is done about an attack, the mildest first. `observe` does nothing but look. */
export const defenceLevels = ["observe", "limit", "challenge", "block"] as const;
export type DefenceLevel = (typeof defenceLevels)[number];

export const isMilder = (a: DefenceLevel, b: DefenceLevel): boolean =>
  defenceLevels.indexOf(a) < defenceLevels.indexOf(b);

export const milderOf = <T extends DefenceLevel>(a: T, b: T): T => (isMilder(b, a) ? b : a);

const textSchema = z.string().min(1).max(200);

/** What requests have in common: all fields that are there must be as they say. Empty: all requests. */
export const signatureMatchSchema = z.strictObject({
  /** Of the client's address. */
  prefix: canonicalCidrSchema.optional(),
  asn: z.int().min(0).max(4_294_967_295).optional(),
  country: textSchema.optional(),
  /** As `src/shield/traits.ts` tells them. */
  pathClass: textSchema.optional(),
  method: textSchema.optional(),
  agentFamily: textSchema.optional(),
});
export type SignatureMatch = z.infer<typeof signatureMatchSchema>;

export const signatureSchema = z.strictObject({
  match: signatureMatchSchema,
  /** At level `limit`, what all that match may send together, requests a second over all edges. */
  perSecond: z.number().gt(0).max(10_000_000),
  /** What is done about these and nothing else, not anything milder either, where that is not the level of the defence. */
  level: z.enum(["limit", "challenge", "block"]).optional(),
});
export type Signature = z.infer<typeof signatureSchema>;

/**
 * Whether a signature has a level of its own and at most something milder may be done: in the place of a challenge, a
 * limit would be shared by all who could have met that.
 */
export const rests = ({ level }: Pick<Signature, "level">, most: DefenceLevel): boolean =>
  level !== undefined && isMilder(most, level);

/**
 * What is done about the attack on a service, whose id is the entry's key. It is observed, as verdicts are: it has no
 * history and is never rolled back.
 */
export const defenceSchema = z.strictObject({
  /** Of the attack's record. */
  attack: z.string().regex(/^[a-z0-9-]{1,64}$/, "expected lower-case letters, digits and hyphens"),
  level: z.enum(["limit", "challenge", "block"]),
  /** When this level began, Unix milliseconds. */
  since: z.int().min(0),
  signatures: z.array(signatureSchema).min(1).max(MAX_SIGNATURES),
});
export type Defence = z.infer<typeof defenceSchema>;

/** By service. A service without one is under no attack that asks for anything. */
export type Defences = ReadonlyMap<string, Defence>;
