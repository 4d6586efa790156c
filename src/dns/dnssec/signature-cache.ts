import { keepRecent } from "../../base/keep-recent.ts";

/** A signature's RDATA, as long as it may be given out. */
interface KeptSignature {
  readonly rrsig: Uint8Array;
  /** Unix milliseconds. */
  readonly renewAt: number;
}

/** Some 1 KB each with what they are kept under: 8 MB of an isolate's 128. */
const MAX_KEPT = 4096;
/** What is longer is signed anew each time. In characters: octets of the records, and the key's tag. */
const MAX_KEPT_UNDER_CHARS = 1024;

/**
 * Signatures by what they are of. The least recently used go first; what strangers make up is kept apart from what
 * there is, so that inventing names pushes out only other inventions.
 */
export class SignatureCache {
  readonly #positive = new Map<string, KeptSignature>();
  readonly #negative = new Map<string, KeptSignature>();

  /** `null` where there is none that may still be given out at `now`. */
  find(kind: SetKind, records: string, now: number): Uint8Array | null {
    const kept = this.#of(kind);
    const found = kept.get(records);
    if (found === undefined) return null;
    kept.delete(records);
    if (now >= found.renewAt) return null;
    kept.set(records, found);
    return found.rrsig;
  }

  keep(kind: SetKind, records: string, rrsig: Uint8Array, renewAt: number): void {
    if (records.length > MAX_KEPT_UNDER_CHARS) return;
    keepRecent(this.#of(kind), records, { rrsig, renewAt }, MAX_KEPT);
  }

  get size(): number {
    return this.#positive.size + this.#negative.size;
  }

  #of(kind: SetKind): Map<string, KeptSignature> {
    return kind === "denial" ? this.#negative : this.#positive;
  }
}

/** Whether a set says what there is or what there is not. */
type SetKind = "data" | "denial";
