/**
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): 8 bytes, little-endian, under a key of
 * 16 bytes. Whoever does not know the key cannot guess them.
 */
export function sipHash(key: Uint8Array, message: Uint8Array): Uint8Array {
  const state = new SipState(key);
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const wholeBlocks = message.length - (message.length % 8);
  for (let at = 0; at < wholeBlocks; at += 8) state.compress(view.getUint32(at, true), view.getUint32(at + 4, true));
  const last = new DataView(new ArrayBuffer(8));
  for (let at = wholeBlocks; at < message.length; at++) last.setUint8(at - wholeBlocks, message[at] as number);
  last.setUint8(7, message.length & 0xff);
  state.compress(last.getUint32(0, true), last.getUint32(4, true));
  return state.finish();
}

/** `somepseudorandomlygeneratedbytes`, in words of 64 bits, each as its low and its high half. */
const INITIAL = [0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462];

/** Four words of 64 bits in halves: word i is at `2 * i` (low) and `2 * i + 1` (high). */
class SipState {
  readonly #words = Uint32Array.from(INITIAL);

  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, 16);
    for (let half = 0; half < 8; half++) this.#xor(half, view.getUint32((half % 4) * 4, true));
  }

  compress(low: number, high: number): void {
    this.#xor(6, low);
    this.#xor(7, high);
    this.#rounds(2);
    this.#xor(0, low);
    this.#xor(1, high);
  }

  finish(): Uint8Array {
    this.#xor(4, 0xff);
    this.#rounds(4);
    const hash = new DataView(new ArrayBuffer(8));
    for (const half of [0, 1]) {
      const [a = 0, b = 0, c = 0, d = 0] = [0, 2, 4, 6].map((word) => this.#words[word + half]);
      hash.setUint32(half * 4, a ^ b ^ c ^ d, true);
    }
    return new Uint8Array(hash.buffer);
  }

  #rounds(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#mix(0, 1, 13);
      this.#rotate(0, 32);
      this.#mix(2, 3, 16);
      this.#mix(0, 3, 21);
      this.#mix(2, 1, 17);
      this.#rotate(2, 32);
    }
  }

  /** `a += b; b = (b <<< bits) ^ a`. */
  #mix(a: number, b: number, bits: number): void {
    const words = this.#words;
    const low = (words[2 * a] as number) + (words[2 * b] as number);
    words[2 * a] = low;
    words[2 * a + 1] = (words[2 * a + 1] as number) + (words[2 * b + 1] as number) + (low > 0xffffffff ? 1 : 0);
    this.#rotate(b, bits);
    this.#xor(2 * b, words[2 * a] as number);
    this.#xor(2 * b + 1, words[2 * a + 1] as number);
  }

  #rotate(word: number, bits: number): void {
    const low = this.#words[2 * word] as number;
    const high = this.#words[2 * word + 1] as number;
    const isSwap = bits === 32;
    this.#words[2 * word] = isSwap ? high : (low << bits) | (high >>> (32 - bits));
    this.#words[2 * word + 1] = isSwap ? low : (high << bits) | (low >>> (32 - bits));
  }

  #xor(half: number, value: number): void {
    this.#words[half] = (this.#words[half] as number) ^ value;
  }
}
