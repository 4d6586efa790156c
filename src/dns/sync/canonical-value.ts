import { parseIp } from "../../base/ip.ts";

/** How many numbers stand before the name that a record's value ends with. */
const NUMBERS_BEFORE_NAME: Readonly<Record<string, number>> = { CNAME: 0, NS: 0, PTR: 0, MX: 1, SRV: 3 };

/**
 * A value in the one form in which two that mean the same are the same: addresses as RFC 5952 has them, names in lower
 * case without the dot at their end, and text as one string, since those who read it join its strings.
 */
export function canonicalValue(type: string, value: string): string {
  const text = value.trim();
  if (type === "A" || type === "AAAA") return parseIp(text)?.text ?? text;
  if (type === "TXT") return quoted(stringsOf(text).join(""));
  const words = text.split(/\s+/);
  const numbers = NUMBERS_BEFORE_NAME[type];
  if (numbers !== undefined) return words.map((word, i) => (i < numbers ? word : nameOf(word))).join(" ");
  if (type === "CAA") return [words[0], words[1]?.toLowerCase(), quoted(stringsOf(rest(words, 2)).join(""))].join(" ");
  if (type === "HTTPS" || type === "SVCB") return serviceOf(words);
  if (type === "DS") return [...words.slice(0, 3), rest(words, 3).replaceAll(" ", "").toLowerCase()].join(" ");
  return words.join(" ");
}

/** The strings of a text: in quotes, or words (RFC 1035, section 5.1). Escapes are read. */
export function stringsOf(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gs)].map(([, inQuotes, word]) =>
    unescaped(inQuotes ?? word ?? ""),
  );
}

export const quoted = (text: string): string => `"${text.replace(/[\\"]/g, "\\$&")}"`;

const unescaped = (text: string) =>
  text.replace(/\\(?:(\d{3})|(.))/gs, (_, code, character) => (code ? String.fromCharCode(Number(code)) : character));

/** Parameters may come in any order, and their values in quotes or not (RFC 9460, section 2.1). */
function serviceOf([priority = "", target = "", ...parameters]: readonly string[]): string {
  const plain = parameters.map((parameter) => parameter.replace(/^([^=]+)="(.*)"$/, "$1=$2"));
  return [priority, target === "." ? "." : nameOf(target), ...plain.sort()].join(" ");
}

const nameOf = (name: string) => name.toLowerCase().replace(/(?<=.)\.$/, "");

const rest = (words: readonly string[], from: number) => words.slice(from).join(" ");
