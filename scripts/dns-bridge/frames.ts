/** Of the length before each message (RFC 1035, section 4.2.2). */
const LENGTH_BYTES = 2;
/** No question, with its options, comes near. */
const MAX_QUERY_BYTES = 4096;

/** Messages out of the pieces in which a stream brings them. Holds no more than one piece and one query. */
export class Frames {
  #bytes: Buffer = Buffer.alloc(0);

  push(piece: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
  }

  /** The next whole message; `null` until there is one. */
  next(): Buffer | null {
    if (this.#bytes.length < LENGTH_BYTES || this.isTooLong) return null;
    const end = LENGTH_BYTES + this.#bytes.readUInt16BE(0);
    if (this.#bytes.length < end) return null;
    const message = this.#bytes.subarray(LENGTH_BYTES, end);
    this.#bytes = this.#bytes.subarray(end);
    return message;
  }

  /** Whether the next message is longer than any query. */
  get isTooLong(): boolean {
    return this.#bytes.length >= LENGTH_BYTES && this.#bytes.readUInt16BE(0) > MAX_QUERY_BYTES;
  }

  static wrap(message: Uint8Array): Buffer {
    const framed = Buffer.allocUnsafe(LENGTH_BYTES + message.length);
    framed.writeUInt16BE(message.length);
    framed.set(message, LENGTH_BYTES);
    return framed;
  }
}
