import type { z } from "zod";
import { err, ok, type Result } from "../../src/base/result.ts";
import { MAX_PAGE, pageSchema } from "../../workers/control/schema/page.ts";
import { stepUpReplySchema } from "../../workers/control/schema/session.ts";
import type { Terminal } from "./cli.ts";
import type { Credentials } from "./credentials.ts";
import type { Failure } from "./failure.ts";
import { splitLines } from "./lines.ts";
import { type ReplySchema, readReply } from "./reply.ts";
import { stepUp } from "./step-up.ts";

const REQUEST_TIMEOUT_MS = 10_000;
/** What is sent to be looked at, and changes nothing. */
const ONLY_READS = /\/(plan|dry-run|explain|simulate|replay|validate)$/;

/** The control API as a verb uses it. Paths are below `/api/v1`; each reply is held against the API's own schema. */
export interface Client {
  readonly url: string;
  get<T>(path: string, reply: z.ZodType<T>): Promise<Result<T, Failure>>;
  /** All pages of a list. */
  list<T>(path: string, item: z.ZodType<T>): Promise<Result<readonly T[], Failure>>;
  /** Hands the lines of a reply over as they come; however many, they are never held together. */
  lines<T>(path: string, take: (lines: AsyncIterable<string>) => Promise<T>): Promise<Result<T, Failure>>;
  send<T>(
    method: "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    reply: ReplySchema<T>,
    body?: unknown,
    ifEpoch?: number,
  ): Promise<Result<T, Failure>>;
}

/** Where the control plane asks for a second factor, and somebody is there to give it, it is asked for and used once. */
export function createClient(credentials: Credentials, terminal: Pick<Terminal, "env" | "fetch" | "ask">): Client {
  const root = credentials.url.replace(/\/*$/, "").replace(/\/api\/v1$/, "");

  const unreachable = (error: unknown): Failure => ({
    kind: "unreachable",
    url: root,
    detail: reasonOf(error),
    isGiven: Boolean(terminal.env.NOVACRON_URL),
  });

  async function call<T>(path: string, reply: ReplySchema<T>, init: RequestInit): Promise<Result<T, Failure>> {
    const first = await tryOnce(path, reply, init);
    const challenge = first.ok || first.error.kind !== "refused" ? undefined : first.error.problem.challenge;
    if (challenge === undefined || terminal.ask === null) return first;
    const body = await stepUp(terminal.ask);
    const used = await tryOnce(challenge.path, stepUpReplySchema, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
    });
    return used.ok ? tryOnce(path, reply, init) : used;
  }

  async function tryOnce<T>(path: string, reply: ReplySchema<T>, init: RequestInit): Promise<Result<T, Failure>> {
    const url = `${root}/api/v1${path}`;
    const headers = { ...init.headers, ...bearerOf(credentials), Accept: "application/json" };
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      // A redirect would take the token elsewhere.
      const response = await terminal.fetch(new Request(url, { ...init, headers, signal, redirect: "manual" }));
      return await readReply(response, root, reply);
    } catch (error) {
      const mayHaveChanged = init.method !== undefined && !ONLY_READS.test(path);
      if (signal.aborted) return err({ kind: "timed-out", url: root, timeoutMs: REQUEST_TIMEOUT_MS, mayHaveChanged });
      return err(unreachable(error));
    }
  }

  const get = <T>(path: string, reply: z.ZodType<T>) => call(path, reply, {});
  return {
    url: root,
    get,
    async list<T>(path: string, item: z.ZodType<T>) {
      const items: T[] = [];
      const reply = pageSchema(item);
      const query = `${path.includes("?") ? "&" : "?"}limit=${MAX_PAGE}`;
      for (let cursor = ""; ; ) {
        const page = await get(`${path}${query}${cursor}`, reply);
        if (!page.ok) return page;
        items.push(...page.value.items);
        if (page.value.cursor === undefined) return ok(items);
        cursor = `&cursor=${encodeURIComponent(page.value.cursor)}`;
      }
    },
    async lines(path, take) {
      const headers = { ...bearerOf(credentials), Accept: "application/jsonl" };
      const controller = new AbortController();
      // Of silence: the whole may take as long as it takes.
      const silence = setTimeout(() => controller.abort(), REQUEST_TIMEOUT_MS);
      try {
        const { signal } = controller;
        const response = await terminal.fetch(
          new Request(`${root}/api/v1${path}`, { headers, signal, redirect: "manual" }),
        );
        const isLines = response.ok && response.headers.get("Content-Type") === "application/jsonl";
        if (!isLines || !response.body) return await readReply(response, root, null);
        return ok(await take(splitLines(response.body, () => silence.refresh())));
      } catch (error) {
        if (controller.signal.aborted)
          return err({ kind: "timed-out", url: root, timeoutMs: REQUEST_TIMEOUT_MS, mayHaveChanged: false });
        return err(unreachable(error));
      } finally {
        clearTimeout(silence);
      }
    },
    send: (method, path, reply, body, ifEpoch) =>
      call(path, reply, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: {
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(ifEpoch === undefined ? {} : { "If-Match": `"${ifEpoch}"` }),
        },
      }),
  };
}

const bearerOf = ({ token }: Credentials) => (token === null ? {} : { Authorization: `Bearer ${token}` });

/** Node's fetch says only `fetch failed`; the reason is in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code, message } = cause as { readonly code?: string; readonly message?: string };
  return code === "ECONNREFUSED" ? "connection refused" : message || code || String(cause);
}
