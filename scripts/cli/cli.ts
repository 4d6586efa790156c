import type { Command } from "commander";
import { ok, type Result } from "../../src/base/result.ts";
import { type Client, createClient } from "./client.ts";
import { readCredentials, readUrl } from "./credentials.ts";
import { explain, type Failure } from "./failure.ts";
import { renewWhenDue } from "./renew.ts";

/** The world that a command acts in. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly readFile: (path: string) => Promise<string>;
  /** Makes or replaces a file that nobody else may read, and its directory. */
  readonly writeSecret: (path: string, text: string) => Promise<void>;
  readonly removeFile: (path: string) => Promise<void>;
  /** Asks whoever sits there; `null` where nobody does. What is hidden is not shown as it is typed. */
  readonly ask: ((question: string, options?: { readonly hidden: boolean }) => Promise<string>) | null;
  /** Whether somebody reads the standard output as it is printed. */
  readonly isTerminal: boolean;
  /** Lets time pass; false when there is none left. */
  readonly pause: (ms: number) => Promise<boolean>;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** All of the standard input. */
  readonly readInput: () => Promise<string>;
  /** A file piece by piece; `-` is the standard input. */
  readonly readPieces: (path: string) => AsyncIterable<Uint8Array>;
}

/** What a verb has to say. */
interface Report {
  /** For `--json`. */
  readonly json: unknown;
  /** For people; `null` where the verb has printed all that there is, whatever the reader. */
  readonly text: string | null;
  /** What speaks against it, a line each: the command then counts as refused. */
  readonly refusals?: readonly string[];
}

export interface Session {
  readonly client: Client;
  readonly terminal: Terminal;
  /** Keeps who has signed in from having to do it again; for verbs that take long. */
  renew(): Promise<void>;
}

/** For what may need no control plane. */
interface OfflineSession {
  readonly terminal: Terminal;
  connect(): Promise<Result<Client, Failure>>;
}

type OfflineVerb<A extends readonly unknown[]> = (
  session: OfflineSession,
  ...args: A
) => Promise<Result<Report, Failure>>;
export type Verb<A extends readonly unknown[]> = (session: Session, ...args: A) => Promise<Result<Report, Failure>>;

export interface Cli {
  /** Declares a verb of a group. */
  verb(group: Command, name: string, options?: { readonly isDefault: boolean }): Command;
  /** Makes a verb an action: its arguments, then its options, as commander has parsed them. */
  act<A extends readonly unknown[]>(verb: Verb<A>): (...given: unknown[]) => Promise<void>;
  /** The same for a verb that needs no credentials: it has a client that comes as nobody. */
  actAsNobody<A extends readonly unknown[]>(verb: Verb<A>): (...given: unknown[]) => Promise<void>;
  /** The same for a verb that may need no control plane. */
  actOffline<A extends readonly unknown[]>(verb: OfflineVerb<A>): (...given: unknown[]) => Promise<void>;
}

/** Verbs that go by a short name and a long one in every group. */
const longerNames: Readonly<Record<string, string>> = { ls: "list", rm: "remove" };

export function createCli(terminal: Terminal, exit: (status: number) => void): Cli {
  const fail = (lines: readonly string[]) => {
    terminal.err(lines.map((line) => `${line}\n`).join(""));
    exit(1);
  };
  const carryOut =
    <A extends readonly unknown[]>(verb: (...args: A) => Promise<Result<Report, Failure>>) =>
    async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      // Commander gives what the verb has declared: its arguments, its options, and last the command.
      const report = await verb(...(given.slice(0, -1) as unknown as A));
      if (!report.ok) return fail(explain(report.error));
      const { json, text, refusals = [] } = report.value;
      if (text !== null)
        terminal.out(command.optsWithGlobals().json === true ? `${JSON.stringify(json, null, 2)}\n` : `${text}\n`);
      if (refusals.length > 0) fail(refusals);
    };
  const enter = async (): Promise<Result<Session, Failure>> => {
    const credentials = await readCredentials(terminal);
    if (!credentials.ok) return credentials;
    let current = await renewWhenDue(terminal, credentials.value);
    return ok({
      client: createClient(current, terminal),
      terminal,
      async renew() {
        current = await renewWhenDue(terminal, current);
      },
    });
  };
  const enterAsNobody = async (): Promise<Result<Session, Failure>> => {
    const credentials = await readUrl(terminal);
    if (!credentials.ok) return credentials;
    return ok({ client: createClient(credentials.value, terminal), terminal, renew: async () => undefined });
  };
  const connect = async () => {
    const session = await enter();
    return session.ok ? ok(session.value.client) : session;
  };
  const actWith =
    (begin: () => Promise<Result<Session, Failure>>) =>
    <A extends readonly unknown[]>(verb: Verb<A>) =>
      carryOut(async (...args: A) => {
        const session = await begin();
        return session.ok ? verb(session.value, ...args) : session;
      });
  return {
    verb: (group, name, options) => {
      const verb = group.command(name, options).option("--json", "print JSON and nothing else");
      const longer = longerNames[name];
      return longer === undefined ? verb : verb.alias(longer);
    },
    act: actWith(enter),
    actAsNobody: actWith(enterAsNobody),
    actOffline: <A extends readonly unknown[]>(verb: OfflineVerb<A>) =>
      carryOut((...args: A) => verb({ terminal, connect }, ...args)),
  };
}
