import { type Command, InvalidArgumentError } from "commander";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { simulationSchema } from "../../../workers/control/schema/simulation.ts";
import type { Cli, Terminal } from "../cli.ts";
import type { Failure } from "../failure.ts";
import { type PopulationFile, readPopulationFile } from "../population-file.ts";
import { simulationReport } from "../simulation-report.ts";
import { declareTrialOptions, differenceWords, readTrial, type TrialOptions } from "../trial-options.ts";

interface Options extends TrialOptions {
  readonly population: string;
  readonly service?: string;
  readonly requestsPerSecond?: number | "weights";
  readonly serviceMs?: number;
}

export function declareSimulate(group: Command, cli: Cli): void {
  declareTrialOptions(cli.verb(group, "simulate"))
    .description("what a change of the table, or the loss of regions, would do to traffic; nothing is changed")
    .option(
      "--population <population>",
      "world, traffic (the last hour's), or a file of rows: CSV, YAML or JSON",
      "world",
    )
    .option("--service <id>", "the service of the rows that name none")
    .option("--requests-per-second <rate>", "of the whole population; weights: the rows' weights are that", parseRate)
    .option("--service-ms <ms>", "how long a backend works on a request", parseMs)
    .action(
      cli.act(async ({ client, terminal }, options: Options) => {
        const trial = await readTrial(options, terminal);
        if (!trial.ok) return trial;
        const rows = await rowsOf(options, terminal);
        if (!rows.ok) return rows;
        const { population, service, requestsPerSecond, serviceMs } = options;
        const source = rows.value === null ? { source: population } : { source: "rows", rows: rows.value.rows };
        const reply = await client.send("POST", "/routes/simulate", simulationSchema, {
          ...trial.value,
          population: { ...source, service },
          requestsPerSecond,
          serviceMs,
        });
        if (!reply.ok) return err(rows.value === null ? reply.error : inFile(reply.error, population, rows.value));
        return ok({
          json: reply.value,
          text: simulationReport(reply.value, differenceWords(trial.value, reply.value.changes)),
        });
      }),
    );
}

/** The rows of a population that is a file; `null` where it is one that the control plane has. */
async function rowsOf({ population }: Options, terminal: Terminal): Promise<Result<PopulationFile | null, Failure>> {
  return population === "world" || population === "traffic" ? ok(null) : readPopulationFile(population, terminal);
}

/** What the control plane says of rows, said of the lines of their file. */
function inFile(failure: Failure, path: string, { lines }: PopulationFile): Failure {
  const errors = failure.kind === "refused" ? (failure.problem.errors ?? []) : [];
  const rows = /^\/population\/rows(?:\/(\d+)(?:\/(.+))?)?$/;
  if (errors.length === 0 || !errors.every((error) => rows.test(error.path))) return failure;
  const faults = errors.map((error) => {
    const [, row, field = null] = rows.exec(error.path) ?? [];
    return { line: row === undefined ? null : (lines[Number(row)] ?? null), field, detail: error.detail };
  });
  return { kind: "bad-rows", path, faults };
}

function parseRate(text: string): number | "weights" {
  return text === "weights" ? text : parsePositive(text, "Expected a rate above 0, or weights.");
}

const parseMs = (text: string) => parsePositive(text, "Expected milliseconds above 0.");

function parsePositive(text: string, expected: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0) throw new InvalidArgumentError(expected);
  return Number(text);
}
