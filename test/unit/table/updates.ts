import { atOnce } from "../../../src/base/sliced.ts";
import { advanceSnapshot, advanceTable } from "../../../src/table/advance.ts";
import type { LearnedRow } from "../../../src/table/learned-row.ts";
import type { Snapshot } from "../../../src/table/snapshot.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { wholeUpdate } from "../../../src/table/update.ts";
import { decodeUpdate, encodeUpdate } from "../../../src/table/update-codec.ts";
import { noVotes, type Verdict } from "../../../src/table/verdict.ts";
import { rule, seeded, tableOf } from "./tables.ts";

export const verdict: Verdict = {
  status: "up",
  since: 1,
  checkedAt: 2,
  latencyMs: 1.5,
  load: { cpu: 0.1, memory: 0.2, disk: 0.3, network: 0.4, inFlight: 0.5 },
  recoveredAt: null,
  vantage: "local",
  detail: "200",
  votes: noVotes,
};

export const learnedRow = (ms: number): LearnedRow =>
  Object.fromEntries([["us-east-1", { ms, deviationMs: 1, samples: 20, at: 5 }]]);

/** The seed without its limits, which came later, with a verdict, a learned row and two blacklisted networks, at epoch 7. */
export const published: PublishedTable = {
  epoch: 7,
  table: {
    ...tableOf(seeded, { blacklist: { "10.0.0.0/8": rule(), "2001:db8::/32": rule(5000) } }),
    limits: new Map(),
  },
  health: new Map([["use1-a", verdict]]),
  learned: new Map([["FRA", learnedRow(90)]]),
  failovers: new Map(),
  defences: new Map(),
};

/** With what the shield brought: limits, defences, bans. */
export const shielded: PublishedTable = {
  ...published,
  table: tableOf(published.table, {
    limits: { "per-client": { key: [{ kind: "client-address" }, { kind: "header", name: "x-key" }], burst: 50 } },
    blacklist: { "192.0.2.7/32": { ...rule(9000), ban: "ban-1" } },
  }),
  defences: new Map([
    [
      "api",
      {
        attack: "attack-1",
        level: "challenge",
        since: 3,
        signatures: [{ match: { prefix: "198.51.100.0/24", country: "DE" }, perSecond: 12.5 }],
      },
    ],
  ]),
};

export const encodeWhole = (table: PublishedTable, scope: "routing" | "rules" = "rules") =>
  encodeUpdate(wholeUpdate(table, scope));

/** The table that these bytes lead to, or what is wrong with them. */
export function readTable(bytes: unknown, held: PublishedTable | null = null): PublishedTable | string {
  const update = atOnce(decodeUpdate(bytes));
  const next = update.ok ? advanceTable(held, update.value, "rules") : update;
  return next.ok ? next.value : next.error;
}

/** The snapshot that these bytes lead to, or what is wrong with them. */
export function readSnapshot(bytes: unknown, held: Snapshot | null = null): Snapshot | string {
  const update = atOnce(decodeUpdate(bytes));
  const next = update.ok ? atOnce(advanceSnapshot(held, update.value)) : update;
  return next.ok ? next.value : next.error;
}
