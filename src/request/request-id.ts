import type { Random } from "../base/random.ts";

/** In place of a colo: the request was taken at none that has a code of three capitals. */
const NO_COLO = 0xffff;
const LETTERS = 26;
const A = 65;

/**
 * Makes request ids: 32 hexadecimal digits that are also the trace id of `traceparent`. The first 16 bits are the colo
 * (three letters in base 26), the next 32 the Unix second, as in the trace ids of AWS X-Ray, and 80 are random, more
 * than the 56 that W3C Trace Context (level 2, section 3.2.2.3) wants at the right. So an id says which object keeps
 * the trace of its request, and whether it is kept still. The prefix is made once for a colo and second.
 */
export class RequestIds {
  readonly #random: Random;
  #colo: string | null = null;
  #second = -1;
  #prefix = "";

  constructor(random: Random) {
    this.#random = random;
  }

  /** `colo` is three capitals or `null`; `now` in Unix milliseconds. */
  next(colo: string | null, now: number): string {
    const second = Math.floor(now / 1000);
    if (second !== this.#second || colo !== this.#colo) {
      this.#prefix = hex(numberOf(colo), 4) + hex(second >>> 0, 8);
      this.#second = second;
      this.#colo = colo;
    }
    return this.#prefix + this.#random.hex(3).slice(4);
  }
}

/** What a request id says of its request. */
export interface RequestOrigin {
  readonly colo: string | null;
  /** The start of the second in which it came, Unix milliseconds. */
  readonly at: number;
}

/** `null` for what is no request id. */
export function originOf(id: string): RequestOrigin | null {
  if (!/^[0-9a-f]{32}$/.test(id)) return null;
  const number = Number.parseInt(id.slice(0, 4), 16);
  if (number !== NO_COLO && number >= LETTERS ** 3) return null;
  return { colo: number === NO_COLO ? null : coloOf(number), at: Number.parseInt(id.slice(4, 12), 16) * 1000 };
}

function numberOf(colo: string | null): number {
  if (colo === null) return NO_COLO;
  let number = 0;
  for (let i = 0; i < 3; i++) number = number * LETTERS + colo.charCodeAt(i) - A;
  return number;
}

function coloOf(number: number): string {
  const digits = [Math.floor(number / LETTERS ** 2), Math.floor(number / LETTERS) % LETTERS, number % LETTERS];
  return String.fromCharCode(...digits.map((digit) => digit + A));
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
