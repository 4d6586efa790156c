import type { Gauge } from "../../src/base/gauge.ts";
import type { ErrorKind } from "../../src/health/outlier.ts";
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
  { timeoutMs, abortable, gauge, clock }: TryOptions,
): Try {
  const controller = abortable ? new AbortController() : null;
  const startedAt = clock();
  const generation = gauge.begin(startedAt);
  const result = new Promise<TryResult>((resolve) => {
    let over = false;
    const end = (ended: TryResult) => {
      over = true;
      clearTimeout(timer);
      gauge.end(generation);
      resolve(ended);
    };
    const fail = (error: ErrorKind) => end({ kind: "failure", entry, error, ms: clock() - startedAt, timeoutMs });
    const timer = setTimeout(() => {
      fail("timeout");
      controller?.abort();
    }, timeoutMs);
    fetcher(url, controller ? { ...init, signal: controller.signal } : init).then(
      (response) => {
        const { status } = response;
        if (over) response.body?.cancel().catch(() => undefined);
        else if (status > MAX_STATUS) fail("reset");
        else end({ kind: "response", entry, response, status, ms: clock() - startedAt });
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
  readonly gauge: Gauge;
  readonly clock: () => number;
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
