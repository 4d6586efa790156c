import { MAX_TTL_SECONDS } from "../record-set.ts";
import { parseType, typeName } from "../record-type.ts";
import type { FieldCodec } from "./field.ts";

export const u8 = uint(1);
export const u16 = uint(2);
export const u32 = uint(4);

/** Seconds as a number, or as `1w2d3h4m5s`, which BIND introduced and everybody reads. */
export const seconds: FieldCodec = {
  parse(tokens, wire) {
    const value = parseSeconds(tokens.take().text);
    if (value === null) return `expected seconds up to ${MAX_TTL_SECONDS}, or such as 1h30m`;
    wire.u32(value);
    return null;
  },
  print: (reader) => String(reader.u32()),
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

export function parseSeconds(text: string): number | null {
  if (!/^(\d{1,10}|(\d{1,10}[smhdw])+)$/i.test(text)) return null;
  let sum = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)([a-z]?)/gi))
    sum += Number(digits) * (UNITS[unit?.toLowerCase() || "s"] ?? 1);
  return sum <= MAX_TTL_SECONDS ? sum : null;
}

/** A time of a signature: `YYYYMMDDHHmmSS` in UTC, or seconds since 1970 modulo 2³² (RFC 4034, section 3.2). */
export const time: FieldCodec = {
  parse(tokens, wire) {
    const { text } = tokens.take();
    const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)?.slice(1).map(Number);
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts ?? [];
    const value = parts === undefined ? Number(text) : Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
    if (!/^\d{1,14}$/.test(text) || value >= 2 ** 32 || (parts !== undefined && printTime(value) !== text))
      return "expected a time as YYYYMMDDHHmmSS";
    wire.u32(value);
    return null;
  },
  print: (reader) => printTime(reader.u32()),
};

const printTime = (value: number): string => new Date(value * 1000).toISOString().slice(0, 19).replace(/\D/g, "");

/** The type that a signature covers. */
export const type: FieldCodec = {
  parse(tokens, wire) {
    const parsed = parseType(tokens.take().text);
    if (!parsed.ok) return parsed.error;
    wire.u16(parsed.value);
    return null;
  },
  print: (reader) => typeName(reader.u16()),
};

function uint(bytes: 1 | 2 | 4): FieldCodec {
  const most = 2 ** (bytes * 8) - 1;
  return {
    parse(tokens, wire) {
      const { text } = tokens.take();
      if (!/^\d{1,10}$/.test(text) || Number(text) > most) return `expected a number from 0 to ${most}`;
      if (bytes === 1) wire.u8(Number(text));
      else if (bytes === 2) wire.u16(Number(text));
      else wire.u32(Number(text));
      return null;
    },
    print: (reader) => String(bytes === 1 ? reader.u8() : bytes === 2 ? reader.u16() : reader.u32()),
  };
}
