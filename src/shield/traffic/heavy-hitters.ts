export interface HeavyHitter<Tag> {
  readonly key: string;
  readonly tag: Tag;
  /** It was there at least so often. */
  readonly count: number;
}

/**
 * The keys that come most often, in fixed memory whatever comes: any key that makes up more than one in `capacity` of all
 * is among them (Space-Saving; Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data
 * Streams", ICDT 2005). The tag of a key is the last one that came with it.
 */
export class HeavyHitters<Tag> {
  readonly #capacity: number;
  readonly #slots = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #tags: Tag[] = [];
  readonly #counts: number[] = [];
  /** By how much each count may be too high: what its slot had when the key took it over. */
  readonly #excess: number[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(key: string, count: number, tag: Tag): void {
    const slot = this.#slots.get(key) ?? this.#takeSlot(key);
    this.#counts[slot] = (this.#counts[slot] ?? 0) + count;
    this.#tags[slot] = tag;
  }

  /** At most `limit` of those that were there at least so often for certain, the most frequent first. */
  top(limit: number, least: number): HeavyHitter<Tag>[] {
    const all = this.#keys.map((key, slot) => ({
      key,
      tag: this.#tags[slot] as Tag,
      count: (this.#counts[slot] ?? 0) - (this.#excess[slot] ?? 0),
    }));
    return all
      .filter(({ count }) => count >= least)
      .sort((a, b) => b.count - a.count)
      .slice(0, limit);
  }

  #takeSlot(key: string): number {
    let slot = this.#keys.length;
    if (slot < this.#capacity) {
      this.#keys.push(key);
      this.#counts.push(0);
      this.#excess.push(0);
    } else {
      slot = this.#least();
      this.#slots.delete(this.#keys[slot] ?? "");
      this.#keys[slot] = key;
      this.#excess[slot] = this.#counts[slot] ?? 0;
    }
    this.#slots.set(key, slot);
    return slot;
  }

  #least(): number {
    let least = 0;
    for (let slot = 1; slot < this.#capacity; slot++)
      if ((this.#counts[slot] ?? 0) < (this.#counts[least] ?? 0)) least = slot;
    return least;
  }
}
