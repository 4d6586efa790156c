import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { zoneEntrySchema } from "../../../workers/control/schema/entity.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";

export function declareZoneList(group: Command, cli: Cli): void {
  cli
    .verb(group, "ls", { isDefault: true })
    .description("the zones that are answered for")
    .action(
      cli.act(async ({ client }) => {
        const zones = await client.list("/dns/zones", zoneEntrySchema);
        if (!zones.ok) return zones;
        const rows = zones.value.map(({ id, serial, primary, ttlSeconds }) => [
          ...[id, String(serial), primary, `${ttlSeconds} s`],
        ]);
        const text = rows.length === 0 ? "there are no zones" : columns(["ZONE", "SERIAL", "PRIMARY", "TTL"], rows);
        return ok({ json: zones.value, text });
      }),
    );
}
