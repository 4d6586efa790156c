import { type Command, InvalidArgumentError } from "commander";
import type { Verb } from "./cli.ts";
import { explain } from "./failure.ts";

const DEFAULT_SECONDS = 2;
const MAX_SECONDS = 3600;
/** ECMA-48: erase the display, and the cursor to its beginning. */
const CLEAR = "\u001b[2J\u001b[H";

interface Options {
  readonly json?: boolean;
  readonly watch?: number | true;
}

/** Adds `--watch` to a verb whose action is `watched`. */
export const watchable = (verb: Command): Command =>
  verb.option("--watch [seconds]", `again and again, every ${DEFAULT_SECONDS} s unless told otherwise`, parseSeconds);

/**
 * The verb again and again with `--watch`: each time on a clear screen, or below the last time where there is no
 * screen. A time that fails says so, and the next one may not. The verb's last argument is its options.
 */
export function watched<A extends readonly unknown[]>(verb: Verb<A>): Verb<A> {
  return async (session, ...args) => {
    const { watch, json } = args.at(-1) as Options;
    let report = await verb(session, ...args);
    if (watch === undefined || !report.ok) return report;
    const { terminal } = session;
    const seconds = watch === true ? DEFAULT_SECONDS : watch;
    for (;;) {
      const said = report.ok ? sayOf(report.value, json === true) : explain(report.error).join("\n");
      terminal.out(`${terminal.isTerminal && json !== true ? CLEAR : ""}${said}\n`);
      if (!(await terminal.pause(seconds * 1000))) break;
      await session.renew();
      report = await verb(session, ...args);
    }
    return report;
  };
}

const sayOf = ({ json, text }: { readonly json: unknown; readonly text: string | null }, asJson: boolean) =>
  asJson ? JSON.stringify(json) : (text ?? "");

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds < 0.1 || seconds > MAX_SECONDS)
    throw new InvalidArgumentError(`Expected seconds, 0.1 to ${MAX_SECONDS}.`);
  return seconds;
}
