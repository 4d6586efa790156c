import { err, ok, type Result } from "../../src/base/result.ts";
import { zoneOf } from "../../src/table/zone-of.ts";
import { zoneEntrySchema } from "../../workers/control/schema/entity.ts";
import type { Client } from "./client.ts";
import type { Failure } from "./failure.ts";

/** Where the API has a record set: the path of its zone's record sets, and its own. */
export interface RecordPlace {
  readonly name: string;
  readonly type: string;
  readonly list: string;
  readonly one: string;
}

/** As people write names and types: in any case, with or without the last dot. */
export async function placeOfRecord(
  client: Client,
  nameText: string,
  typeText: string,
): Promise<Result<RecordPlace, Failure>> {
  const name = nameText.toLowerCase().replace(/\.$/, "");
  const type = typeText.toUpperCase();
  const zones = await client.list("/dns/zones", zoneEntrySchema);
  if (!zones.ok) return zones;
  const zone = zoneOf(new Set<string>(zones.value.map(({ id }) => id)), { owner: name, type });
  if (zone === null) return err({ kind: "unusable", detail: `no zone holds ${name}: novacron dns zone ls` });
  const list = `/dns/zones/${zone}/records`;
  return ok({ name, type, list, one: `${list}/${encodeURIComponent(name)}/${type}` });
}
