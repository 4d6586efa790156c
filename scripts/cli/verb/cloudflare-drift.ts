import type { Command } from "commander";
import { counted } from "../../../src/base/counted.ts";
import { ok } from "../../../src/base/result.ts";
import { driftOf } from "../../../src/dns/sync/drift.ts";
import type { Cli } from "../cli.ts";
import { readCloudflareZone } from "../cloudflare-zone.ts";
import { driftLine } from "../sync-lines.ts";

export function declareCloudflareDrift(group: Command, cli: Cli): void {
  cli
    .verb(group, "drift")
    .description("how the zone at Cloudflare differs, and on which side it has changed; exit 1 when it does")
    .argument("<zone>", "the zone, such as novacron.io")
    .action(
      cli.act(async (session, name: string) => {
        const zone = await readCloudflareZone(session, name);
        if (!zone.ok) return zone;
        const drift = driftOf(zone.value.wanted.records, zone.value.present);
        if (drift.length === 0) return ok({ json: [], text: "no drift" });
        const refusals = [`${counted(drift.length, "record differs", "records differ")}`];
        return ok({ json: drift, text: drift.map(driftLine).join("\n"), refusals });
      }),
    );
}
