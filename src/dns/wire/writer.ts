import { labelBytes, labelsOf, type Name, parentOf, ROOT } from "../name.ts";

const FIRST_BYTES = 512;
/** A pointer has 14 bits (RFC 1035, section 4.1.4). */
const POINTER_REACH = 0x4000;

/** Writes a message from front to back. Past its limit it only remembers that it was too short. */
export class WireWriter {
  readonly #maxBytes: number;
  #bytes: Uint8Array;
  #length = 0;
  /** Where a name, or the rest of one, has been written. */
  readonly #offsets = new Map<Name, number>();
  isTooShort = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytes = new Uint8Array(Math.min(FIRST_BYTES, maxBytes));
  }

  get length(): number {
    return this.#length;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  u8(value: number): void {
    if (this.#reserve(1)) this.#bytes[this.#length++] = value;
  }

  u16(value: number): void {
    if (!this.#reserve(2)) return;
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  put(bytes: Uint8Array): void {
    if (!this.#reserve(bytes.length)) return;
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Sets the two bytes at a place that has been written. */
  u16At(at: number, value: number): void {
    if (this.isTooShort) return;
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  /** Remembers that a name stands at a place, so that it can be pointed to. */
  remember(name: Name, at: number): void {
    for (let rest = name; rest !== ROOT && at < POINTER_REACH; rest = parentOf(rest)) {
      if (this.#offsets.has(rest)) return;
      this.#offsets.set(rest, at);
      at += 1 + labelBytes(labelsOf(rest)[0] as string).length;
    }
  }

  /** A name, by a pointer where its end has been written before. */
  name(name: Name): void {
    let rest = name;
    while (rest !== ROOT) {
      const pointer = this.#offsets.get(rest);
      if (pointer !== undefined) {
        this.u16(0xc000 | pointer);
        return;
      }
      if (this.#length < POINTER_REACH) this.#offsets.set(rest, this.#length);
      const parent = parentOf(rest);
      this.#label(parent === ROOT ? rest : rest.slice(0, rest.length - parent.length - 1));
      rest = parent;
    }
    this.u8(0);
  }

  /** A name in full, as it is in record data of newer types and in what is signed (RFC 3597, section 4). */
  plainName(name: Name): void {
    for (const label of labelsOf(name)) this.#label(label);
    this.u8(0);
  }

  #label(label: string): void {
    if (label.includes("\\")) {
      const bytes = labelBytes(label);
      this.u8(bytes.length);
      this.put(bytes);
      return;
    }
    if (!this.#reserve(1 + label.length)) return;
    this.#bytes[this.#length++] = label.length;
    for (let i = 0; i < label.length; i++) this.#bytes[this.#length++] = label.charCodeAt(i);
  }

  #reserve(count: number): boolean {
    const needed = this.#length + count;
    if (this.isTooShort || needed > this.#maxBytes) {
      this.isTooShort = true;
      return false;
    }
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, this.#bytes.length * 2)));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return true;
  }
}
