import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { Detector } from "../../../src/shield/anomaly/detector.ts";
import type { Cli } from "../cli.ts";
import { readSeries } from "../series-file.ts";

interface Options {
  readonly csv: string;
  readonly json?: boolean;
}

export function declareShieldDetect(group: Command, cli: Cli): void {
  cli
    .verb(group, "detect")
    .description("what is anomalous in a series of values, each row judged by those before it alone")
    .requiredOption(
      "--csv <file>",
      "rows of timestamp,value: RFC 3339, or Unix seconds or milliseconds; - is the standard input",
    )
    .action(
      cli.actOffline(async ({ terminal }, { csv, json = false }: Options) => {
        const rows = await readSeries(csv, terminal);
        if (!rows.ok) return rows;
        const detector = new Detector();
        // Printed row by row: a file may be longer than what can be held.
        let count = 0;
        terminal.out(json ? "[" : "timestamp,value,score,anomaly\n");
        for await (const { timestamp, at, value } of rows.value) {
          const { score, anomaly } = detector.observe(at, value);
          if (json) {
            const item = { timestamp, value, score: rounded(score), anomaly };
            terminal.out(`${count === 0 ? "" : ","}\n  ${JSON.stringify(item)}`);
          } else terminal.out(`${timestamp},${value},${rounded(score)},${anomaly ? 1 : 0}\n`);
          count += 1;
        }
        if (json) terminal.out("\n]\n");
        return ok({ json: null, text: null });
      }),
    );
}

/** To a millionth. */
const rounded = (score: number): number => Math.round(score * 1e6) / 1e6;
