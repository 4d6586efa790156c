/** `00` to `ff`. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * Chris Doty-Humphrey's sfc32 (PractRand): fast, 128 bits of state, good for choices and ids that need not be
 * secret. Seed it with three words of real randomness, or fixed ones for a repeatable run.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor([a = 0, b = 0, c = 0]: Iterable<number>) {
    this.#a = a;
    this.#b = b;
    this.#c = c;
    for (let i = 0; i < 12; i++) this.word();
  }

  /** An unsigned 32-bit integer. */
  word(): number {
    const sum = (this.#a + this.#b + this.#count++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A number in [0, 1) with 53 random bits. */
  unit(): number {
    return ((this.word() >>> 5) * 67108864 + (this.word() >>> 6)) / 9007199254740992;
  }

  /** Lower-case hexadecimal digits, eight for each word. */
  hex(words: number): string {
    let text = "";
    for (let i = 0; i < words; i++) {
      const word = this.word();
      text += HEX[word >>> 24];
      text += HEX[(word >>> 16) & 255];
      text += HEX[(word >>> 8) & 255];
      text += HEX[word & 255];
    }
    return text;
  }
}
