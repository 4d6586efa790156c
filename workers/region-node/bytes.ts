import { readInteger } from "./integer.ts";
import { problem, type Reply, type RoutedRequest } from "./reply.ts";

export const MAX_BYTES = 1_073_741_824;

/** A prime, so that a chunk that goes missing or comes twice shows in what follows it. */
const PERIOD = 65_521;
/** Two periods of a xorshift sequence: from any offset, one period is at hand without copying. */
const pattern = twice(xorshift(PERIOD, 2_463_534_242));

/** Byte `i` of `/bytes/{n}`, whatever `n` is. */
export const byteAt = (i: number): number => pattern[i % PERIOD] ?? 0;

/** `n` deterministic bytes, or the one range of them that the client asks for (RFC 9110, section 14). */
export function serveBytes(request: RoutedRequest): Reply {
  const size = readInteger(request.params.n ?? "", "n", 0, MAX_BYTES);
  if (!size.ok) return size.error;
  // Without a validator to compare, If-Range can only mean the whole; Range is defined for GET alone.
  const ranged = request.method === "GET" && request.headers.get("if-range") === null;
  const range = ranged ? readRange(request.headers.get("range"), size.value) : "whole";
  if (range === "unsatisfiable") {
    return problem(416, "range-unsatisfiable", `there are ${size.value} bytes`, {
      "content-range": `bytes */${size.value}`,
    });
  }
  const [first, end] = range === "whole" ? [0, size.value] : range;
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(end - first),
    "accept-ranges": "bytes",
  };
  if (range === "whole") return { status: 200, headers, body: slice(first, end) };
  const contentRange = `bytes ${first}-${end - 1}/${size.value}`;
  return { status: 206, headers: { ...headers, "content-range": contentRange }, body: slice(first, end) };
}

type Range = "whole" | "unsatisfiable" | readonly [first: number, end: number];

/** Several ranges, other units and what does not parse are answered whole, as RFC 9110 allows. `end` is exclusive. */
function readRange(header: string | null, size: number): Range {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return "whole";
  if (match[1] === "") {
    const suffix = Math.min(Number(match[2]), size);
    return suffix === 0 ? "unsatisfiable" : [size - suffix, size];
  }
  const first = Number(match[1]);
  const last = match[2] === "" ? size - 1 : Number(match[2]);
  if (last < first && match[2] !== "") return "whole";
  return first >= size ? "unsatisfiable" : [first, Math.min(last + 1, size)];
}

function slice(first: number, end: number): Reply["body"] {
  if (end - first <= PERIOD) return chunk(first, end);
  let at = first;
  // With no queue of its own the stream makes a chunk when the socket has room for one.
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const until = Math.min(at + PERIOD, end);
        controller.enqueue(chunk(at, until));
        at = until;
        if (at === end) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

function chunk(first: number, end: number): Uint8Array<ArrayBuffer> {
  const offset = first % PERIOD;
  return pattern.subarray(offset, offset + end - first);
}

/** Marsaglia's 32-bit xorshift (Journal of Statistical Software 8(14), 2003), its low bytes. */
function xorshift(length: number, seed: number): Uint8Array {
  let word = seed;
  return Uint8Array.from({ length }, () => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return word & 0xff;
  });
}

function twice(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const doubled = new Uint8Array(bytes.length * 2);
  doubled.set(bytes);
  doubled.set(bytes, bytes.length);
  return doubled;
}
