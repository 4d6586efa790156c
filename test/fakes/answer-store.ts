import type { ClaimedWrite, ClaimTimes, KeyedWrite, KnownKey } from "../../src/base/keyed-write.ts";
import type { AnswerStore } from "../../workers/control/idempotency.ts";

/** Answers in memory. */
export class FakeAnswerStore implements AnswerStore {
  /** Every call fails while this is set. */
  unreachable = false;
  readonly #known = new Map<string, KnownKey>();

  async claim(write: KeyedWrite, { now, lapsedBefore, forgottenBefore }: ClaimTimes): Promise<KnownKey | null> {
    this.#answer();
    for (const [id, { at }] of this.#known) if (at < forgottenBefore) this.#known.delete(id);
    const known = this.#known.get(idOf(write));
    if (known && (known.answer !== null || known.at >= lapsedBefore)) return known;
    this.#known.set(idOf(write), { fingerprint: write.fingerprint, at: now, answer: null });
    return null;
  }

  async keep(write: ClaimedWrite, answer: string): Promise<void> {
    this.#answer();
    const known = this.#known.get(idOf(write));
    if (known?.at === write.claimedAt) this.#known.set(idOf(write), { ...known, answer });
  }

  async release(write: ClaimedWrite): Promise<void> {
    this.#answer();
    const known = this.#known.get(idOf(write));
    if (known?.at === write.claimedAt && known.answer === null) this.#known.delete(idOf(write));
  }

  #answer(): void {
    if (this.unreachable) throw new Error("D1_ERROR: Network connection lost.");
  }
}

const idOf = ({ principal, key }: KeyedWrite): string => `${principal}\n${key}`;
