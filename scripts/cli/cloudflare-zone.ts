import { type Call, createCall } from "../../src/adapters/cloudflare-api/client.ts";
import { findZone, listRecords } from "../../src/adapters/cloudflare-api/dns-records.ts";
import { type ApiFailure, explainApiFailure } from "../../src/adapters/cloudflare-api/envelope.ts";
import { CLOUDFLARE_TTL, CLOUDFLARE_TYPES } from "../../src/adapters/cloudflare-api/record-body.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { ProviderRecord } from "../../src/dns/sync/record.ts";
import { type PlainZone, plainZone } from "../../src/geodns/plain-records.ts";
import { zoneEntrySchema } from "../../workers/control/schema/entity.ts";
import { recordSetEntrySchema } from "../../workers/control/schema/record-set.ts";
import type { Session, Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";

const API_URL = "https://api.cloudflare.com/client/v4";

/** A zone of the table, and the zone at Cloudflare that should say the same. */
export interface CloudflareZone {
  readonly call: Call;
  /** Cloudflare's. */
  readonly zoneId: string;
  readonly wanted: PlainZone;
  readonly present: readonly ProviderRecord[];
}

/** Reads both sides. The token is what wrangler calls by the same name; it needs Zone: Read and DNS: Edit. */
export async function readCloudflareZone(
  { client, terminal }: Session,
  name: string,
): Promise<Result<CloudflareZone, Failure>> {
  const token = terminal.env.CLOUDFLARE_API_TOKEN;
  if (!token) return err({ kind: "unusable", detail: "CLOUDFLARE_API_TOKEN is not set" });
  const path = `/dns/zones/${encodeURIComponent(name)}`;
  const zone = await client.get(path, zoneEntrySchema);
  if (!zone.ok) return zone;
  const entries = await client.list(`${path}/records`, recordSetEntrySchema);
  if (!entries.ok) return entries;
  const sets = entries.value.map(({ name: owner, type, ...set }) => [`${owner}/${type}`, set] as const);
  const limits = { types: CLOUDFLARE_TYPES, ...CLOUDFLARE_TTL };

  const call = callOf(terminal, token);
  const zoneId = await findZone(call, name);
  if (!zoneId.ok) return fail(zoneId.error);
  if (zoneId.value === null) return err({ kind: "unusable", detail: `this token sees no zone ${name} at Cloudflare` });
  const present = await listRecords(call, zoneId.value);
  if (!present.ok) return fail(present.error);
  const wanted = plainZone(name, zone.value, new Map(sets), limits);
  return ok({ call, zoneId: zoneId.value, wanted, present: present.value });
}

function callOf({ env, fetch, pause }: Terminal, token: string): Call {
  return createCall({ url: (env.CLOUDFLARE_API_BASE_URL || API_URL).replace(/\/+$/, ""), token, fetch, pause });
}

const fail = (failure: ApiFailure) => err({ kind: "unusable" as const, detail: explainApiFailure(failure) });
