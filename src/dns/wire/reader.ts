import { MAX_NAME_BYTES, type Name, ROOT, SPELLING } from "../name.ts";

/** Id, flags and four counts (RFC 1035, section 4.1.1). */
export const HEADER_BYTES = 12;

/** A name of 127 labels needs no more, so that a packet of nothing but pointers costs little. */
const MAX_POINTERS = 127;

/**
 * Reads a message from front to back. The first thing that is wrong is kept as the fault; from then on all that is read
 * is zero and empty, so that only the end has to ask.
 */
export class WireReader {
  readonly bytes: Uint8Array;
  at: number;
  /** Where reading must stop: the end of the message, or of the record data that is being read. */
  end: number;
  fault: string | null = null;
  /** Labels and pointers read so far: the only work that does not grow with the bytes alone. */
  steps = 0;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  fail(reason: string): void {
    this.fault ??= reason;
    this.at = this.end;
  }

  u8(): number {
    return this.#uint(1);
  }

  u16(): number {
    return this.#uint(2);
  }

  u32(): number {
    return this.#uint(4);
  }

  /** A view, not a copy. */
  take(count: number): Uint8Array {
    if (count > this.left) {
      this.fail("cut off");
      return this.bytes.subarray(0, 0);
    }
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** A name, which may point to what stands before it in the message (RFC 1035, section 4.1.4). */
  name(): Name {
    let text = "";
    let nameBytes = 1;
    let pointers = 0;
    let at = this.at;
    let end = this.end;
    // Each pointer must lead to before the piece in which it stands, so that none is followed twice.
    let pieceStart = at;
    for (;;) {
      this.steps += 1;
      const size = at < end ? (this.bytes[at] as number) : 0xff;
      if (size === 0) {
        if (pointers === 0) this.at = at + 1;
        return (text === "" ? ROOT : text) as Name;
      }
      if (size < 0x40) {
        nameBytes += size + 1;
        if (nameBytes > MAX_NAME_BYTES || at + 1 + size >= end) return this.#noName("a name is too long, or cut off");
        if (text !== "") text += ".";
        for (let i = at + 1; i <= at + size; i++) text += SPELLING[this.bytes[i] as number];
        at += size + 1;
      } else {
        const low = at + 1 < end ? (this.bytes[at + 1] as number) : 0xff;
        const target = ((size & 0x3f) << 8) | low;
        if (size < 0xc0 || target >= pieceStart) return this.#noName("a name is cut off, or points nowhere before it");
        if (pointers === 0) this.at = at + 2;
        pointers += 1;
        if (pointers > MAX_POINTERS) return this.#noName("a name has too many pointers");
        at = target;
        end = pieceStart;
        pieceStart = target;
      }
    }
  }

  /** Passes over a name without following it. */
  skipName(): void {
    for (;;) {
      this.steps += 1;
      const size = this.u8();
      if (size === 0) return;
      if (size >= 0xc0) {
        this.u8();
        return;
      }
      if (size >= 0x40) this.fail("a label of no known kind");
      this.take(size);
    }
  }

  #noName(reason: string): Name {
    this.fail(reason);
    return ROOT;
  }

  #uint(count: 1 | 2 | 4): number {
    if (count > this.left) {
      this.fail("cut off");
      return 0;
    }
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 256 + (this.bytes[this.at++] as number);
    return value;
  }
}
