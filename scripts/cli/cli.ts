import type { Command } from "commander";
import type { Result } from "../../src/base/result.ts";
import { type Client, createClient } from "./client.ts";
import { readCredentials } from "./credentials.ts";
import { explain, type Failure } from "./failure.ts";

/** The world that a command acts in. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly readFile: (path: string) => Promise<string>;
  /** Whether somebody reads the standard output as it is printed. */
  readonly isTerminal: boolean;
  /** Asks whoever sits there; `null` where nobody does. What is hidden is not shown as it is typed. */
  readonly ask: ((question: string, options?: { readonly hidden: boolean }) => Promise<string>) | null;
  /** Lets time pass; false when there is none left. */
  readonly pause: (ms: number) => Promise<boolean>;
  /** All of the standard input. */
  readonly readInput: () => Promise<string>;
}

/** What a verb has to say. */
interface Report {
  /** For `--json`. */
  readonly json: unknown;
  /** For people. */
  readonly text: string;
  /** What speaks against it, a line each: the command then counts as refused. */
  readonly refusals?: readonly string[];
}

export interface Session {
  readonly client: Client;
  readonly terminal: Terminal;
}

export type Verb<A extends readonly unknown[]> = (session: Session, ...args: A) => Promise<Result<Report, Failure>>;

export interface Cli {
  /** Declares a verb of a group. */
  verb(group: Command, name: string, options?: { readonly isDefault: boolean }): Command;
  /** Makes a verb an action: its arguments, then its options, as commander has parsed them. */
  act<A extends readonly unknown[]>(verb: Verb<A>): (...given: unknown[]) => Promise<void>;
}

export function createCli(terminal: Terminal, exit: (status: number) => void): Cli {
  const fail = (lines: readonly string[]) => {
    terminal.err(lines.map((line) => `${line}\n`).join(""));
    exit(1);
  };
  return {
    verb: (group, name, options) => group.command(name, options).option("--json", "print JSON and nothing else"),
    act:
      <A extends readonly unknown[]>(verb: Verb<A>) =>
      async (...given: unknown[]) => {
        const command = given.at(-1) as Command;
        const credentials = await readCredentials(terminal);
        if (!credentials.ok) return fail(explain(credentials.error));
        const session = { client: createClient(credentials.value, terminal.fetch), terminal };
        // Commander gives what the verb has declared: its arguments, its options, and last the command.
        const report = await verb(session, ...(given.slice(0, -1) as unknown as A));
        if (!report.ok) return fail(explain(report.error));
        const { json, text, refusals = [] } = report.value;
        terminal.out(command.optsWithGlobals().json === true ? `${JSON.stringify(json, null, 2)}\n` : `${text}\n`);
        if (refusals.length > 0) fail(refusals);
      },
  };
}
