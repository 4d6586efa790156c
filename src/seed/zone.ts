import type { z } from "zod";
import type { recordSetSchema } from "../table/record-set.ts";
import type { zoneSchema } from "../table/zone.ts";
import { seedRegions } from "./regions.ts";

const ZONE = "novacron.io";

interface SeedZone {
  readonly zones: Readonly<Record<string, z.input<typeof zoneSchema>>>;
  readonly records: Readonly<Record<string, z.input<typeof recordSetSchema>>>;
}

/**
 * A merge patch with the zone of a new table: its name servers, and `api` by latency over the regions in use, one address
 * of each family a region. All addresses are for documentation (RFC 5737, RFC 3849), in the order of the plan of regions.
 */
export function seedZone(regions: Iterable<string>): SeedZone {
  const used = new Set(regions);
  const numbered = Object.keys(seedRegions).map((id, index) => [id, index + 1] as const);
  const steered = (addressOf: (number: number) => string) => {
    const own = numbered.filter(([id]) => used.has(id));
    const targets = Object.fromEntries(own.map(([id, number]) => [id, { values: [addressOf(number)] }]));
    return { policy: { kind: "latency" as const, service: "api", targets } };
  };
  return {
    zones: { [ZONE]: { primary: `ns1.${ZONE}`, contact: `hostmaster.${ZONE}` } },
    records: {
      [`${ZONE}/NS`]: { values: [`ns1.${ZONE}.`, `ns2.${ZONE}.`] },
      [`ns1.${ZONE}/A`]: { values: ["192.0.2.53"] },
      [`ns1.${ZONE}/AAAA`]: { values: ["2001:db8:53::1"] },
      [`ns2.${ZONE}/A`]: { values: ["198.51.100.53"] },
      [`ns2.${ZONE}/AAAA`]: { values: ["2001:db8:53::2"] },
      [`api.${ZONE}/A`]: steered((number) => `203.0.113.${number}`),
      [`api.${ZONE}/AAAA`]: steered((number) => `2001:db8:${number.toString(16)}::1`),
    },
  };
}
