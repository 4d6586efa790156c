import { z } from "zod";
import { canonicalValue, quoted, stringsOf } from "../../dns/sync/canonical-value.ts";
import { markOf, readMark } from "../../dns/sync/mark.ts";
import type { PlainRecord, ProviderRecord } from "../../dns/sync/record.ts";

/** The types of records that are both here and there. */
export const CLOUDFLARE_TYPES = new Set([
  "A",
  "AAAA",
  "CAA",
  "CNAME",
  "DS",
  "HTTPS",
  "MX",
  "NS",
  "PTR",
  "SRV",
  "SVCB",
  "TXT",
]);

/** Seconds; of zones that are not of an enterprise. 1 would be "automatic", which is the provider's choice. */
export const CLOUDFLARE_TTL = { minTtlSeconds: 60, maxTtlSeconds: 86_400 } as const;
const AUTOMATIC_TTL = 1;
const AUTOMATIC_TTL_SECONDS = 300;

/** A record as the API has it. */
export const cloudflareRecordSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  content: z.string().default(""),
  ttl: z.int(),
  priority: z.int().nullish(),
  proxied: z.boolean().nullish(),
  comment: z.string().nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
});
export type CloudflareRecord = z.infer<typeof cloudflareRecordSchema>;

/** The parts of the types that the API takes apart, in the order of their presentation form. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  SRV: ["priority", "weight", "port", "target"],
  CAA: ["flags", "tag", "value"],
  DS: ["key_tag", "algorithm", "digest_type", "digest"],
  HTTPS: ["priority", "target", "value"],
  SVCB: ["priority", "target", "value"],
};

/** What is sent to write a record; what is not in it gets the API's default. */
export function bodyOf(record: PlainRecord): Record<string, unknown> {
  const { name, type, ttlSeconds, value } = record;
  const rest = { name, type, ttl: ttlSeconds, comment: markOf(record) };
  if (type === "MX") {
    const [priority, content] = value.split(" ");
    return { ...rest, priority: Number(priority), content };
  }
  const parts = PARTS[type];
  if (parts) return { ...rest, data: takeApart(parts, value) };
  if (["A", "AAAA", "CNAME"].includes(type)) return { ...rest, content: value, proxied: false };
  return { ...rest, content: value };
}

/** Cuts a value into its parts, the last of which is all that is left; numbers are numbers. */
function takeApart(parts: readonly string[], value: string): Record<string, unknown> {
  const words = value.split(" ");
  return Object.fromEntries(
    parts.map((part, i) => {
      const text = i === parts.length - 1 ? words.slice(i).join(" ") : (words[i] ?? "");
      if (part === "value" && text.startsWith('"')) return [part, stringsOf(text).join("")];
      return [part, /^\d+$/.test(text) && part !== "digest" ? Number(text) : text];
    }),
  );
}

/** A record that the API has listed. */
export function recordOf(record: CloudflareRecord): ProviderRecord {
  const { id, type, ttl, comment, proxied } = record;
  return {
    id,
    name: record.name.toLowerCase(),
    type,
    ttlSeconds: ttl === AUTOMATIC_TTL ? AUTOMATIC_TTL_SECONDS : ttl,
    value: canonicalValue(type, presentationOf(record)),
    mark: readMark(comment ?? null),
    isProxied: proxied ?? false,
  };
}

function presentationOf({ type, content, priority, data }: CloudflareRecord): string {
  if (type === "MX") return `${priority ?? 0} ${content}`;
  const parts = PARTS[type];
  if (!parts || !data) return content;
  return parts
    .map((part) => (type === "CAA" && part === "value" ? quoted(String(data[part] ?? "")) : String(data[part] ?? "")))
    .join(" ");
}
