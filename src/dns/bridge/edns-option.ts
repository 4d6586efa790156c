import { read16, write16 } from "./message-map.ts";

/** An option of an OPT record (RFC 6891, section 6.1.2). */
export interface EdnsOption {
  readonly code: number;
  readonly value: Uint8Array;
}

export const CLIENT_SUBNET = 8;
export const COOKIE = 10;
const HEAD_BYTES = 4;

/** The options in the data of an OPT record; `null` where they do not fill it. */
export function readOptions(data: Uint8Array): readonly EdnsOption[] | null {
  const options: EdnsOption[] = [];
  for (let at = 0; at < data.length; ) {
    const start = at + HEAD_BYTES;
    const end = start + read16(data, at + 2);
    if (start > data.length || end > data.length) return null;
    options.push({ code: read16(data, at), value: data.subarray(start, end) });
    at = end;
  }
  return options;
}

export const optionsBytes = (options: readonly EdnsOption[]): number =>
  options.reduce((sum, { value }) => sum + HEAD_BYTES + value.length, 0);

/** Writes options one after the other, and returns where they end. */
export function writeOptions(bytes: Uint8Array, start: number, options: readonly EdnsOption[]): number {
  let at = start;
  for (const { code, value } of options) {
    write16(bytes, at, code);
    write16(bytes, at + 2, value.length);
    bytes.set(value, at + HEAD_BYTES);
    at += HEAD_BYTES + value.length;
  }
  return at;
}
