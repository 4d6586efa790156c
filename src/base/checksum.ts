import { mix32 } from "./hash.ts";
import type { Sliced } from "./sliced.ts";

const STEP_WORDS = 50_000;
const COST_OF_STEP = 500;

/**
 * MurmurHash3_x86_32 (Austin Appleby, 2011) with seed 0: finds damage, not forgery. Any change of a single word
 * changes it for certain. An unsigned 32-bit integer.
 */
export function* checksum(bytes: Uint8Array): Sliced<number> {
  const whole = bytes.length >>> 2;
  // A copy, since a view of words must begin at a multiple of four. Little-endian, as every machine of this is.
  const words = new Uint32Array(bytes.slice(0, whole * 4).buffer);
  let hash = 0;
  for (let from = 0; from < whole; from += STEP_WORDS) {
    const to = Math.min(from + STEP_WORDS, whole);
    hash = mixWords(hash, words, from, to);
    if (to - from === STEP_WORDS) yield COST_OF_STEP;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= whole * 4; i--) tail = (tail << 8) | (bytes[i] as number);
  if (bytes.length & 3) hash ^= scramble(tail);
  return mix32(hash ^ bytes.length);
}

function mixWords(start: number, words: Uint32Array, from: number, to: number): number {
  let hash = start;
  for (let i = from; i < to; i++) {
    hash ^= scramble(words[i] as number);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  return hash;
}

function scramble(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}
