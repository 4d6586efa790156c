import type { Command } from "commander";
import { counted } from "../../../src/base/counted.ts";
import { ok } from "../../../src/base/result.ts";
import { type DryRunReply, dryRunSchema } from "../../../workers/control/schema/dry-run.ts";
import { MAX_TRACES_REPLAYED } from "../../../workers/control/schema/explanation.ts";
import type { Cli } from "../cli.ts";
import { columns, printable } from "../columns.ts";
import { countUpTo } from "../newest.ts";
import { readPatch } from "../patch-file.ts";

interface Options {
  readonly file?: string;
  readonly id?: string;
  readonly colo?: string;
  readonly limit?: number;
}

export function declareShieldDryRun(group: Command, cli: Cli): void {
  cli
    .verb(group, "dry-run")
    .description("whom a policy would have limited of the requests that were recorded")
    .option("--file <path>", "a proposed policy, as YAML or JSON; - is the standard input")
    .option("--id <policy>", "one that there is")
    .option("--colo <code>", "of the requests of this colo alone, such as FRA")
    .option("--limit <count>", `of the newest, 1 to ${MAX_TRACES_REPLAYED}`, countUpTo(MAX_TRACES_REPLAYED))
    .hook("preAction", refuseMismatch)
    .action(
      cli.act(async ({ client, terminal }, { file, id, colo, limit }: Options) => {
        const policy = file === undefined ? ok(undefined) : await readPatch(file, terminal);
        if (!policy.ok) return policy;
        const wanted = { policy: policy.value, id, colo, limit };
        const run = await client.send("POST", "/shield/policies/dry-run", dryRunSchema, wanted);
        return run.ok ? ok({ json: run.value, text: report(run.value) }) : run;
      }),
    );
}

function report({ sample, matched, keys, limitedKeys, limited, estimated, items, notes }: DryRunReply): string {
  const span = sample.from === null ? "" : ` from ${sample.from} to ${sample.to}`;
  const whole = Math.round(estimated.limited);
  const counts = [
    `recorded requests: ${sample.requests}${span}`,
    `the policy is for ${matched} of them, of ${counted(keys, "key")}`,
    `it would have limited ${limited} of them, of ${counted(limitedKeys, "key")}${whole === limited ? "" : `; behind these stand some ${counted(whole, "request")}`}`,
  ];
  const rows = rowsOf(items).map(({ key, keys: alike, requests, limited: over, firstAt, worst }) => [
    key,
    String(alike),
    String(requests),
    String(over),
    firstAt,
    `${worst.at} (${worst.limited} of ${worst.requests})`,
  ]);
  const headings = ["NETWORK OR KEY", "KEYS", "REQUESTS", "LIMITED", "FIRST", "WORST SECOND OF ONE"];
  const table = rows.length === 0 ? [] : [columns(headings, rows)];
  if (limitedKeys > items.length)
    table.push(`these are the ${items.length} keys that were limited most, of ${limitedKeys}`);
  return [counts.join("\n"), ...table, ...(notes.length === 0 ? [] : [notes.map(printable).join("\n")])].join("\n\n");
}

interface Row extends Item {
  /** Keys that read the same, as clients are shown by their networks. */
  readonly keys: number;
}
type Item = DryRunReply["items"][number];

/** Keys that read the same as one row, the most limited first. */
function rowsOf(items: readonly Item[]): Row[] {
  const rows = new Map<string, Row>();
  for (const item of items) {
    const row = rows.get(item.key);
    rows.set(item.key, row === undefined ? { ...item, keys: 1 } : together(row, item));
  }
  return [...rows.values()].sort((a, b) => b.limited - a.limited);
}

const together = (row: Row, { requests, limited, firstAt, worst }: Item): Row => ({
  key: row.key,
  keys: row.keys + 1,
  requests: row.requests + requests,
  limited: row.limited + limited,
  firstAt: firstAt < row.firstAt ? firstAt : row.firstAt,
  worst: worst.limited > row.worst.limited ? worst : row.worst,
});

/** Usage that the options only show together. */
function refuseMismatch(command: Command): void {
  const { file, id } = command.opts<Options>();
  if ((file === undefined) === (id === undefined)) command.error("error: expected either --file or --id");
}
