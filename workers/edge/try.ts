import type { Gauge } from "../../src/base/gauge.ts";
import type { ErrorKind } from "../../src/health/outlier.ts";
import type { BackendEntry } from "../../src/table/snapshot.ts";

/** One try that ended: a response whose headers have come, or no response. Times in milliseconds. */
export type TryResult =
  | {
      readonly kind: "response";
      readonly entry: BackendEntry;
      readonly response: Response;
      readonly status: number;
      readonly ms: number;
    }
  | { readonly kind: "failure"; readonly entry: BackendEntry; readonly error: ErrorKind; readonly ms: number };

export interface Try {
  /** Never rejects. */
  readonly result: Promise<TryResult>;
  readonly abort: () => void;
}

/** A status beyond it is none (RFC 9110, section 15), and no response can be made of it. */
const MAX_STATUS = 599;

/** Sends a request to a backend. The timeout ends with the response headers: bodies may stream for ever. */
export function startTry(
  fetcher: typeof fetch,
  entry: BackendEntry,
  url: string,
  init: RequestInit,
  timeoutMs: number,
  gauge: Gauge,
  clock: () => number,
): Try {
  const controller = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, timeoutMs);
  const run = async (): Promise<TryResult> => {
    const startedAt = clock();
    const generation = gauge.begin(startedAt);
    try {
      const response = await fetcher(url, { ...init, signal: controller.signal });
      const { status } = response;
      if (status > MAX_STATUS) throw new RangeError(`status ${status}`);
      return { kind: "response", entry, response, status, ms: clock() - startedAt };
    } catch {
      // The runtime does not tell a refused connection from a broken one.
      return { kind: "failure", entry, error: timedOut ? "timeout" : "connect", ms: clock() - startedAt };
    } finally {
      gauge.end(generation);
      clearTimeout(timer);
    }
  };
  return { result: run(), abort: () => controller.abort() };
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
  let timer: ReturnType<typeof setTimeout> | null = null;
  const due = new Promise<"due">((resolve) => {
    timer = setTimeout(resolve, afterMs, "due");
  });
  const early = await Promise.race([first.result, due]);
  clearTimeout(timer);
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
