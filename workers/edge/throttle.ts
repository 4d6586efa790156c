import { BandwidthBucket } from "../../src/shaping/bandwidth.ts";

export interface ThrottleDeps {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * The same bytes, no faster than so many a second. It reads only when its reader wants more, and holds what is left of one
 * chunk: a `TransformStream` would go on to fill the reader's side with a chunk that it has been handed.
 */
export function throttle(
  body: ReadableStream<Uint8Array>,
  bytesPerSecond: number,
  { now, sleep }: ThrottleDeps,
): ReadableStream<Uint8Array> {
  // Goes on while a clock stands still or is set back, or a response would be held up by as much.
  let time = now();
  const bucket = new BandwidthBucket(bytesPerSecond, time);
  const reader = body.getReader();
  let rest: Uint8Array | null = null;
  let isCancelled = false;

  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    while (rest === null || rest.byteLength === 0) {
      const { done, value } = await reader.read();
      if (isCancelled) return;
      if (done) return controller.close();
      rest = value;
    }
    time = Math.max(time, now());
    for (;;) {
      const { bytes, waitMs } = bucket.take(rest.byteLength, time);
      if (bytes > 0) {
        controller.enqueue(rest.subarray(0, bytes));
        rest = rest.subarray(bytes);
        return;
      }
      await sleep(waitMs);
      if (isCancelled) return;
      time = Math.max(time + waitMs, now());
    }
  };
  const cancel = (reason: unknown): Promise<void> => {
    isCancelled = true;
    return reader.cancel(reason);
  };
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}

/** The body of a response, throttled. Its length in bytes stays known to the client where it was. */
export function throttleBody(
  body: ReadableStream<Uint8Array>,
  length: number | null,
  bytesPerSecond: number,
  deps: ThrottleDeps,
): ReadableStream {
  const slow = throttle(body, bytesPerSecond, deps);
  return length === null ? slow : slow.pipeThrough(new FixedLengthStream(length));
}
