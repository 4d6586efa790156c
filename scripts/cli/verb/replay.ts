import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import {
  MAX_TRACES_REPLAYED,
  type ReplayReply,
  replayReplySchema,
} from "../../../workers/control/schema/explanation.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { decisionWords } from "../explanation-report.ts";
import { countUpTo } from "../newest.ts";
import { declareTrialOptions, readTrial, type TrialOptions } from "../trial-options.ts";

/** Lines of changes that are shown; `--json` has more. */
const MAX_SHOWN = 20;

interface Options extends TrialOptions {
  readonly colo?: string;
  readonly limit?: number;
}

export function declareReplay(group: Command, cli: Cli): void {
  declareTrialOptions(cli.verb(group, "replay"))
    .description("recorded requests through a changed table: each decision that changes; nothing is changed")
    .option("--colo <code>", "requests of this colo alone, such as FRA")
    .option("--limit <count>", `requests at most, 1 to ${MAX_TRACES_REPLAYED}`, countUpTo(MAX_TRACES_REPLAYED))
    .action(
      cli.act(async ({ client, terminal }, options: Options) => {
        const trial = await readTrial(options, terminal);
        if (!trial.ok) return trial;
        const { colo, limit } = options;
        const reply = await client.send("POST", "/routes/replay", replayReplySchema, { ...trial.value, colo, limit });
        return reply.ok ? ok({ json: reply.value, text: report(reply.value) }) : reply;
      }),
    );
}

function report({ epoch, requests, undecided, changes, moves, items }: ReplayReply): string {
  const ended = undecided === 0 ? "" : ` (${undecided} more had ended before one)`;
  const heading = `at epoch ${epoch}; ${changes} of ${requests} recorded decisions change${ended}`;
  if (changes === 0) return heading;
  const rows = items
    .slice(0, MAX_SHOWN)
    .map(({ requestId, colo, host, path, from, to, why }) => [
      requestId ?? "-",
      colo ?? "-",
      host + path,
      decisionWords(from),
      decisionWords(to),
      why,
    ]);
  return [
    heading,
    columns(
      ["FROM", "TO", "REQUESTS"],
      moves.map(({ from, to, requests }) => [from, to, String(requests)]),
    ),
    columns(["REQUEST", "COLO", "WHAT", "FROM", "TO", "WHY"], rows),
    ...(changes > rows.length ? [`and ${changes - rows.length} more`] : []),
  ].join("\n\n");
}
