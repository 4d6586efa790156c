import { err, ok, type Result } from "../../src/base/result.ts";
import { MAX_PAGE, type Page } from "../../workers/control/schema/page.ts";
import { problemSchema } from "../../workers/control/schema/problem.ts";
import type { Terminal } from "./cli.ts";
import type { Credentials } from "./credentials.ts";
import type { Failure } from "./failure.ts";

const REQUEST_TIMEOUT_MS = 10_000;

/** The control API as a verb uses it. Paths are below `/api/v1`; replies are what the API's schemas say. */
export interface Client {
  readonly url: string;
  get<T>(path: string): Promise<Result<T, Failure>>;
  /** All pages of a list. */
  list<T>(path: string): Promise<Result<readonly T[], Failure>>;
  send<T>(
    method: "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    ifEpoch?: number,
  ): Promise<Result<T, Failure>>;
}

export function createClient(credentials: Credentials, fetch: Terminal["fetch"]): Client {
  const root = credentials.url.replace(/\/*$/, "").replace(/\/api\/v1$/, "");

  async function call<T>(path: string, init: RequestInit): Promise<Result<T, Failure>> {
    const url = `${root}/api/v1${path}`;
    const headers = { ...init.headers, Authorization: `Bearer ${credentials.token}`, Accept: "application/json" };
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      // A redirect would take the token elsewhere.
      const response = await fetch(new Request(url, { ...init, headers, signal, redirect: "manual" }));
      return await read(response, root);
    } catch (error) {
      if (signal.aborted) return err({ kind: "timed-out", url: root, timeoutMs: REQUEST_TIMEOUT_MS });
      return err({ kind: "unreachable", url: root, detail: reasonOf(error) });
    }
  }

  const get = <T>(path: string) => call<T>(path, {});
  return {
    url: root,
    get,
    async list<T>(path: string) {
      const items: T[] = [];
      const query = `${path.includes("?") ? "&" : "?"}limit=${MAX_PAGE}`;
      for (let cursor = ""; ; ) {
        const page = await get<Page<T>>(`${path}${query}${cursor}`);
        if (!page.ok) return page;
        items.push(...page.value.items);
        if (page.value.cursor === undefined) return ok(items);
        cursor = `&cursor=${encodeURIComponent(page.value.cursor)}`;
      }
    },
    send: (method, path, body, ifEpoch) =>
      call(path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: {
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(ifEpoch === undefined ? {} : { "If-Match": `"${ifEpoch}"` }),
        },
      }),
  };
}

async function read<T>(response: Response, url: string): Promise<Result<T, Failure>> {
  const type = response.headers.get("Content-Type") ?? "";
  const text = await response.text();
  if (response.status === 204) return ok(undefined as T);
  const value = parseJson(text);
  if (response.ok && type.startsWith("application/json") && value !== undefined) return ok(value as T);
  const problem = type.startsWith("application/problem+json") ? problemSchema.safeParse(value) : null;
  if (problem?.success) return err({ kind: "refused", problem: problem.data });
  return err({ kind: "bad-reply", url, status: response.status });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Node's fetch says only `fetch failed`; the reason is in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code, message } = cause as { readonly code?: string; readonly message?: string };
  return code === "ECONNREFUSED" ? "connection refused" : message || code || String(cause);
}
