import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { Detector } from "../../../src/shield/anomaly/detector.ts";
import type { Cli } from "../cli.ts";
import { readSeries } from "../series-file.ts";

interface Options {
  readonly csv: string;
  readonly json?: boolean;
}

const DETAILS = `
Each row is judged as it comes, by those before it alone. A score of 0.5 and more is an anomaly: at the interval of the
series rarer than once a week by chance, or in 168 rows, and twice as rare (by -ln of the probability) just after another.

Times are of one form, that of the first row: RFC 3339 (or 2026/01/31, 20260131), Unix time in seconds to nanoseconds,
or, where it is a whole number below 100 million, numbers of rows, of which each is a minute. A row not later than the
last is of the same time; one with an empty value, or NaN, is scored 0.
`;

export function declareShieldDetect(group: Command, cli: Cli): void {
  cli
    .verb(group, "detect")
    .description("what is anomalous in a series of values, by the detector of live traffic")
    .requiredOption(
      "--csv <file>",
      "rows of timestamp,value, or columns named so in a heading; - is the standard input",
    )
    .addHelpText("after", DETAILS)
    .action(
      cli.actOffline(async ({ terminal }, { csv, json = false }: Options) => {
        const rows = await readSeries(csv, terminal);
        if (!rows.ok) return rows;
        const detector = new Detector();
        // Printed row by row: a file may be longer than what can be held.
        let count = 0;
        let newest = Number.NEGATIVE_INFINITY;
        let earlier = 0;
        terminal.out(json ? "[" : "timestamp,value,score,anomaly\n");
        for await (const { timestamp, at, value } of rows.value) {
          const { score, anomaly } = value === null ? NOTHING_SEEN : detector.observe(at, value);
          if (json) {
            const item = { timestamp, value, score: rounded(score), anomaly };
            terminal.out(`${count === 0 ? "" : ","}\n  ${JSON.stringify(item)}`);
          } else terminal.out(`${timestamp},${value ?? ""},${rounded(score)},${anomaly ? 1 : 0}\n`);
          count += 1;
          if (at < newest) earlier += 1;
          newest = Math.max(newest, at);
        }
        if (json) terminal.out("\n]\n");
        if (earlier > 0)
          terminal.err(
            `${earlier} of ${count} rows are earlier than one before them: are they in the order of time?\n`,
          );
        return ok({ json: null, text: null });
      }),
    );
}

/** A row where nothing was measured. */
const NOTHING_SEEN = { score: 0, anomaly: false };

/** To a millionth, down, so that what is no anomaly is not printed as 0.5, nor anything as 1. */
const rounded = (score: number): number => Math.floor(score * 1e6) / 1e6;
