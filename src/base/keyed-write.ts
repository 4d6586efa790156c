/** A write that came with a key. */
export interface KeyedWrite {
  readonly principal: string;
  readonly key: string;
  /** Of all that the write asks for: a key stands for one write only. */
  readonly fingerprint: string;
}

/** A write that has its key. Should the key lapse before it ends, another has it since, of another time. */
export interface ClaimedWrite extends KeyedWrite {
  /** The `now` of its claim. Unix milliseconds. */
  readonly claimedAt: number;
}

/** What is known of a key. */
export interface KnownKey {
  readonly fingerprint: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** What it was answered; `null` while the write is under way. */
  readonly answer: string | null;
}

/** Unix milliseconds. */
export interface ClaimTimes {
  readonly now: number;
  /** A key that was taken before, and has no answer, is free again. */
  readonly lapsedBefore: number;
  /** What is older is forgotten. */
  readonly forgottenBefore: number;
}
