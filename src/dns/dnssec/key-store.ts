import { z } from "zod";
import { fromBase64, toBase64 } from "../../base/base64.ts";
import type { Name } from "../name.ts";
import { PUBLIC_KEY_BYTES } from "./dnskey.ts";
import { MAX_ZONE_KEYS, type ZoneKey } from "./zone-key.ts";

/** A key as it is kept: its private part is sealed, and of no use to whoever reads it without the deployment's secret. */
export interface KeptKey extends ZoneKey {
  readonly sealed: Uint8Array;
}

/** The keys of a zone. Their generation goes up with each change; 0 is of a zone that never had any. */
export interface KeptZone {
  readonly zone: Name;
  readonly generation: number;
  readonly keys: readonly KeptKey[];
}

/**
 * Where keys are kept: apart from the table, whose snapshots go to every edge and whose history can be rolled back. A
 * zone that went back to keys that its parent has forgotten would be gone for every validator.
 */
export interface KeyStore {
  /** Of every zone that ever had keys. */
  all(): Promise<readonly KeptZone[]>;
  find(zone: Name): Promise<KeptZone>;
  /** Keeps keys under the next generation; false where another change came first. */
  replace(before: KeptZone, keys: readonly KeptKey[]): Promise<boolean>;
}

const bytesSchema = (minBytes: number, maxBytes: number) =>
  z.string().transform((text, context) => {
    const bytes = fromBase64(text);
    if (bytes !== null && bytes.length >= minBytes && bytes.length <= maxBytes) return bytes;
    context.addIssue({ code: "custom", message: `expected ${minBytes} to ${maxBytes} bytes in base64` });
    return z.NEVER;
  });

const timeSchema = z.int().min(0);
/** PKCS #8 of a key on P-256, which the runtime may write with or without its public part, and what sealing adds. */
const MAX_SEALED_BYTES = 256;

const keptKeySchema = z.object({
  role: z.enum(["ksk", "zsk"]),
  tag: z.int().min(0).max(0xffff),
  publicKey: bytesSchema(PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES),
  publishedAt: timeSchema,
  activeAt: timeSchema,
  dsDueAt: timeSchema.nullable(),
  dsSeenAt: timeSchema.nullable(),
  retiredAt: timeSchema.nullable(),
  removedAt: timeSchema.nullable(),
  sealed: bytesSchema(1, MAX_SEALED_BYTES),
});
const keptKeysSchema = z.array(keptKeySchema).max(MAX_ZONE_KEYS);

export const readKeys = (text: string): readonly KeptKey[] => keptKeysSchema.parse(JSON.parse(text));

export const writeKeys = (keys: readonly KeptKey[]): string =>
  JSON.stringify(keys.map((key) => ({ ...key, publicKey: toBase64(key.publicKey), sealed: toBase64(key.sealed) })));
