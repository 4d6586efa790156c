import type { Gauge } from "../../src/base/gauge.ts";
import type { ErrorKind } from "../../src/health/outlier.ts";
import type { AdaptiveLimit } from "../../src/shaping/adaptive-limit.ts";
import type { PriorityClass } from "../../src/table/shaping-settings.ts";
import type { BackendEntry } from "../../src/table/snapshot.ts";
import { within } from "../within.ts";

/** One try that ended: a response whose headers have come, or no response. Times in milliseconds. */
export type TryResult =
  | {
      readonly kind: "response";
      readonly entry: BackendEntry;
      readonly response: Response;
      readonly status: number;
      readonly ms: number;
      /** To be called when the response is not used; `null` where the try holds nothing. */
      readonly release: (() => void) | null;
    }
  | {
      readonly kind: "failure";
      readonly entry: BackendEntry;
      readonly error: ErrorKind;
      readonly ms: number;
      /** What the try was given. */
      readonly timeoutMs: number;
    };

export interface Try {
  /** Never rejects. */
  readonly result: Promise<TryResult>;
  readonly abort: () => void;
}

/** A status beyond it is none (RFC 9110, section 15), and no response can be made of it. */
const MAX_STATUS = 599;

/**
 * Sends a request to a backend. The timeout ends with the response headers: bodies may stream for ever.
 *
 * Only a try that may lose to another one carries an abort signal, which costs every fetch some percent. One that has
 * timed out is left alone; the runtime ends it with the request.
 */
export function startTry(
  fetcher: typeof fetch,
  entry: BackendEntry,
  url: string,
  init: RequestInit,
  { timeoutMs, abortable, gauge, priority, limit, release, pace, clock }: TryOptions,
): Try {
  const controller = abortable ? new AbortController() : null;
  const startedAt = clock();
  const generation = gauge.begin(startedAt);
  const member = limit?.begin(priority, startedAt) ?? 0;
  const result = new Promise<TryResult>((resolve) => {
    let over = false;
    const end = (ended: TryResult) => {
      over = true;
      clearTimeout(timer);
      gauge.end(generation);
      if (limit !== null) tell(limit, member, startedAt, pace, ended);
      resolve(ended);
    };
    const fail = (error: ErrorKind) => {
      release?.();
      end({ kind: "failure", entry, error, ms: clock() - startedAt, timeoutMs });
    };
    const timer = setTimeout(() => {
      fail("timeout");
      controller?.abort();
    }, timeoutMs);
    fetcher(url, controller ? { ...init, signal: controller.signal } : init).then(
      (response) => {
        const { status } = response;
        if (over) response.body?.cancel().catch(() => undefined);
        else if (status > MAX_STATUS) fail("reset");
        else end({ kind: "response", entry, response, status, ms: clock() - startedAt, release });
      },
      // The runtime does not tell a refused connection from a broken one.
      () => over || fail("connect"),
    );
  });
  return { result, abort: () => controller?.abort() };
}

interface TryOptions {
  readonly timeoutMs: number;
  readonly abortable: boolean;
  /** Of the backend. */
  readonly gauge: Gauge;
  readonly priority: PriorityClass;
  /** Of the backend; `null` where the service has none. */
  readonly limit: AdaptiveLimit | null;
  /** Gives back what the try holds, when it ends without a response; `null` where it holds nothing. */
  readonly release: (() => void) | null;
  /** Whose pace the time of the try shows: a client's that sends a body, or a backend's that had less than its time. */
  readonly pace: "backend" | "client" | "hurried";
  readonly clock: () => number;
}

/** Errors may be made by somebody on the way, and are fast; only answers and silence show how busy a backend is. */
function tell(
  limit: AdaptiveLimit,
  member: number,
  startedAt: number,
  pace: TryOptions["pace"],
  ended: TryResult,
): void {
  const now = startedAt + ended.ms;
  if (ended.kind === "response" && ended.status < 500 && ended.status !== 429 && pace !== "client")
    limit.end(member, startedAt, ended.ms, now);
  else if (ended.kind === "failure" && ended.error === "timeout" && pace === "backend")
    limit.end(member, startedAt, Number.POSITIVE_INFINITY, now);
  else limit.leave(member, startedAt);
}

/**
 * Waits for a try, and starts a second one when the first has not ended in time (Dean and Barroso, "The Tail at
 * Scale", 2013). The first success wins and the other try is aborted; when one fails, `outlived` is told and the
 * other's result stands, whatever it is.
 */
export async function hedge(
  first: Try,
  afterMs: number,
  startSecond: () => Try | undefined,
  outlived: (result: TryResult) => boolean,
): Promise<TryResult> {
  const early = await within(first.result, afterMs, "due" as const);
  if (early !== "due") return early;
  const second = startSecond();
  if (!second) return first.result;
  const fastest = await Promise.race([
    first.result.then((result) => ({ result, other: second })),
    second.result.then((result) => ({ result, other: first })),
  ]);
  if (outlived(fastest.result)) return fastest.other.result;
  fastest.other.abort();
  return fastest.result;
}
