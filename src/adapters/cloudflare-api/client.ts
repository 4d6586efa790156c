import { err, ok, type Result } from "../../base/result.ts";
import { type ApiFailure, type Envelope, envelopeSchema } from "./envelope.ts";

export interface ApiOptions {
  /** `https://api.cloudflare.com/client/v4`, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Lets time pass. Milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
}

export type Call = (method: Method, path: string, body?: unknown) => Promise<Result<Envelope, ApiFailure>>;
export type Method = "GET" | "POST" | "PUT" | "DELETE";

const TIMEOUT_MS = 30_000;
const MAX_TRIES = 4;
const FIRST_PAUSE_MS = 500;
/** The limit is 1,200 calls in five minutes: nobody is told to wait for longer than that. */
const MAX_WAIT_SECONDS = 300;
/** Where a refused call does not say how long to wait. */
const DEFAULT_WAIT_SECONDS = 60;

/**
 * Calls Cloudflare's API. A call that was refused for its rate waits and is made again; one that failed is made again
 * where that does no more than once would, which POST does not say of itself.
 */
export function createCall({ url, token, fetch, pause }: ApiOptions): Call {
  async function tryOnce(method: Method, path: string, body: unknown): Promise<Tried> {
    try {
      const response = await fetch(
        new Request(`${url}${path}`, {
          method,
          headers: {
            Authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(TIMEOUT_MS),
          // A redirect would take the token elsewhere.
          redirect: "manual",
        }),
      );
      return await read(response);
    } catch (error) {
      return { failure: { kind: "unreachable", detail: reasonOf(error) }, mayHelp: method !== "POST", waitMs: 0 };
    }
  }

  return async (method, path, body) => {
    for (let tries = 1; ; tries++) {
      const tried = await tryOnce(method, path, body);
      if ("envelope" in tried) return ok(tried.envelope);
      const { failure, waitMs } = tried;
      // A call that was not let in has done nothing; one that broke may have.
      const again = tried.mayHelp && (method !== "POST" || failure.kind === "rate-limited");
      if (!again || tries === MAX_TRIES) return err(failure);
      await pause(waitMs > 0 ? waitMs : FIRST_PAUSE_MS * 2 ** (tries - 1));
    }
  };
}

type Tried =
  | { readonly envelope: Envelope }
  | { readonly failure: ApiFailure; readonly mayHelp: boolean; readonly waitMs: number };

async function read(response: Response): Promise<Tried> {
  const { status } = response;
  const text = await response.text();
  if (status === 429) {
    const asked = Number(response.headers.get("Retry-After") ?? DEFAULT_WAIT_SECONDS);
    const seconds = Number.isFinite(asked) && asked >= 0 ? Math.ceil(asked) : DEFAULT_WAIT_SECONDS;
    const failure = { kind: "rate-limited", retryAfterSeconds: seconds } as const;
    return { failure, mayHelp: seconds <= MAX_WAIT_SECONDS, waitMs: Math.max(1, seconds) * 1000 };
  }
  const envelope = envelopeSchema.safeParse(parse(text));
  if (!envelope.success) return { failure: { kind: "bad-reply", status }, mayHelp: status >= 500, waitMs: 0 };
  if (envelope.data.success && response.ok) return { envelope: envelope.data };
  return { failure: { kind: "refused", status, errors: envelope.data.errors }, mayHelp: status >= 500, waitMs: 0 };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Node's fetch says only `fetch failed`; the reason is in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message || String(cause) : String(cause);
}
