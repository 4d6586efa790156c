import { err, ok, type Result } from "../../src/base/result.ts";
import type { Refusal } from "./refusal.ts";

export const MAX_BODY_BYTES = 1_048_576;

/** Deeper than any document of the API; bounds the recursion of whatever reads it. */
const MAX_BODY_DEPTH = 32;

/** The longest body needs 280 kbit/s; who sends slower, or stops, holds the isolate for nothing. */
const MAX_BODY_SECONDS = 30;

/** Rings after some milliseconds, unless it is stopped by what this gives. */
export type Timer = (ms: number, ring: () => void) => () => void;

/** The JSON value in a request's body. */
export async function readJson(request: Request, timer: Timer): Promise<Result<unknown, Refusal>> {
  if (!isJson(request.headers.get("Content-Type"))) return err({ kind: "not-json" });
  if (Number(request.headers.get("Content-Length")) > MAX_BODY_BYTES) return tooLarge;
  const bytes = await readBytes(request.body, timer);
  if (!bytes.ok) return bytes;
  return parseJson(bytes.value);
}

/** `application/json`, or a type built on it such as `application/merge-patch+json` (RFC 6839, section 3.1). */
function isJson(contentType: string | null): boolean {
  const essence = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return essence === "application/json" || /^application\/[a-z0-9.-]+\+json$/.test(essence);
}

/** Counts what arrives, since a chunked body has no Content-Length. */
async function readBytes(body: ReadableStream<Uint8Array> | null, timer: Timer): Promise<Result<Uint8Array, Refusal>> {
  if (!body) return ok(new Uint8Array());
  const reader = body.getReader();
  // Not awaited: a client that goes on sending would delay its refusal.
  const giveUp = () => void reader.cancel().catch(() => undefined);
  let isLate = false;
  const stop = timer(MAX_BODY_SECONDS * 1000, () => {
    isLate = true;
    giveUp();
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      length += read.value.byteLength;
      if (length > MAX_BODY_BYTES) {
        giveUp();
        return tooLarge;
      }
      chunks.push(read.value);
    }
  } catch {
    return malformed("the body broke off");
  } finally {
    stop();
  }
  return isLate ? err({ kind: "too-slow", maxSeconds: MAX_BODY_SECONDS }) : ok(concat(chunks, length));
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function parseJson(bytes: Uint8Array): Result<unknown, Refusal> {
  if (bytes.byteLength === 0) return malformed("the body is empty");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return malformed("the body is not UTF-8");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8's words name the position: `Expected ',' or '}' after property value in JSON at position 14`.
    return malformed(error instanceof Error ? error.message : "unreadable");
  }
  const trap = trapIn(value);
  return trap === undefined ? ok(value) : malformed(trap);
}

/** What schemas would not notice: depth, which costs stack, and `__proto__`, which they skip in records. */
function trapIn(value: unknown): string | undefined {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= MAX_BODY_DEPTH; depth++) {
    const objects = level.filter((item) => typeof item === "object" && item !== null);
    if (objects.length === 0) return undefined;
    if (objects.some((item) => Object.hasOwn(item, "__proto__"))) return "__proto__ is not a field";
    level = objects.flatMap((item): unknown[] => Object.values(item));
  }
  return `nested more than ${MAX_BODY_DEPTH} levels deep`;
}

const malformed = (detail: string) => err({ kind: "malformed", detail } satisfies Refusal);
const tooLarge = err({ kind: "too-large", maxBytes: MAX_BODY_BYTES } satisfies Refusal);
