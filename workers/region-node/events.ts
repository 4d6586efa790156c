import { readQueryInteger } from "./integer.ts";
import type { Reply, RoutedRequest } from "./reply.ts";

export const MAX_EVENT_INTERVAL_MS = 60_000;
export const MAX_EVENTS = 1_000_000;

/** Server-sent events: the first at once, then one every `everyMs`, `count` of them. */
export function streamEvents(
  request: RoutedRequest,
  identity: object,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
): Reply {
  const everyMs = readQueryInteger(request.query, "everyMs", 100, 1, MAX_EVENT_INTERVAL_MS);
  if (!everyMs.ok) return everyMs.error;
  const count = readQueryInteger(request.query, "count", MAX_EVENTS, 0, MAX_EVENTS);
  if (!count.ok) return count.error;

  const encoder = new TextEncoder();
  const reader = new AbortController();
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (sent === count.value) return controller.close();
        if (sent > 0) await sleep(everyMs.value, reader.signal);
        const data = JSON.stringify({ n: sent, ...identity });
        controller.enqueue(encoder.encode(`id: ${sent}\nevent: tick\ndata: ${data}\n\n`));
        sent++;
      },
      cancel: (reason) => reader.abort(reason),
    },
    { highWaterMark: 0 },
  );
  return { status: 200, headers: { "content-type": "text/event-stream", "cache-control": "no-store" }, body };
}
