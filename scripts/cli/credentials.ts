import { join } from "node:path";
import { z } from "zod";
import { issueWords } from "../../src/base/issue-words.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";
import { readSession } from "./session-file.ts";
import { stateDirectory } from "./state-directory.ts";

/** Where the control plane is and what lets us in; with `null` we come as nobody. */
export interface Credentials {
  readonly url: string;
  readonly token: string | null;
  /** Of a session, RFC 3339. */
  readonly expiresAt?: string;
}

const urlSchema = z.url({ protocol: /^https?$/ });
const credentialsSchema = z.object({ url: urlSchema, token: z.string().min(1) });

type Reader = Pick<Terminal, "env" | "readFile">;

/** From the environment; else the session of who has signed in; else `credentials.json` of the local world. */
export async function readCredentials(
  terminal: Pick<Terminal, "env" | "readFile" | "now">,
): Promise<Result<Credentials, Failure>> {
  const { url, token, given } = fromEnvironment(terminal.env);
  const usable = parse(z.object({ url: urlSchema.optional() }), given, "NOVACRON_URL");
  if (!usable.ok) return usable;
  if (url && token) return ok({ url, token });
  const session = token ? ok(null) : await readSession(terminal);
  if (!session.ok) return session;
  // A session is the control plane's that has begun it, whatever else is set.
  if (session.value !== null && (!url || url === session.value.url)) {
    if (terminal.now() >= Date.parse(session.value.expiresAt)) return err({ kind: "session-over" });
    return ok(session.value);
  }
  return readLocal(terminal, credentialsSchema, given);
}

/** Where the control plane is, for who is not known there yet. */
export async function readUrl(terminal: Reader): Promise<Result<Credentials, Failure>> {
  const { url, given } = fromEnvironment(terminal.env);
  const schema = z.object({ url: urlSchema });
  const found = url ? parse(schema, given, "NOVACRON_URL") : await readLocal(terminal, schema, given);
  return found.ok ? ok({ url: found.value.url, token: null }) : found;
}

function fromEnvironment({ NOVACRON_URL: url, NOVACRON_TOKEN: token }: Terminal["env"]) {
  return { url, token, given: { ...(url ? { url } : {}), ...(token ? { token } : {}) } };
}

async function readLocal<T>(terminal: Reader, schema: z.ZodType<T>, given: object): Promise<Result<T, Failure>> {
  const path = join(stateDirectory(terminal.env), "credentials.json");
  let text: string;
  try {
    text = await terminal.readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return err({ kind: "no-credentials", path });
    return err({ kind: "bad-credentials", path, detail: String((error as Error).message) });
  }
  try {
    return parse(schema, { ...JSON.parse(text), ...given }, path);
  } catch {
    return err({ kind: "bad-credentials", path, detail: "not JSON" });
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, path: string): Result<T, Failure> {
  const parsed = schema.safeParse(value, { error: issueWords });
  if (parsed.success) return ok(parsed.data);
  const detail = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  return err({ kind: "bad-credentials", path, detail });
}
