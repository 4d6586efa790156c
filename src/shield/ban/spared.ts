import { type Cidr, type Ip, ipOfWords, maskWord, networkText, parseCidr } from "../../base/ip.ts";

/** An entry by the first address of its network, so written that texts are in the order of addresses. */
type Placed = readonly [first: string, cidr: string];

/**
 * What is never banned: the allowlist, which is also where the ranges of verified bots belong. An entry protects until
 * it is taken out of the table, even past its end.
 */
export class Spared {
  readonly #entries: ReadonlyMap<string, unknown>;
  readonly #placed: readonly Placed[];

  constructor(allowlist: ReadonlyMap<string, unknown>) {
    this.#entries = allowlist;
    this.#placed = [...allowlist.keys()]
      .flatMap((id): Placed[] => {
        const cidr = parseCidr(id);
        return cidr.ok ? [[placeOf(cidr.value.ip), id]] : [];
      })
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** The entry that a network lies in, or that lies in it; `null` where there is none. Networks nest or are disjoint. */
  by(cidr: Cidr): string | null {
    for (let prefix = cidr.prefix; prefix >= 0; prefix--) {
      const wider = networkText(cidr.ip, prefix);
      if (this.#entries.has(wider)) return wider;
    }
    const within = this.#placed[this.#firstFrom(placeOf(cidr.ip))];
    return within !== undefined && within[0] <= placeOf(lastOf(cidr)) ? within[1] : null;
  }

  #firstFrom(place: string): number {
    let low = 0;
    let high = this.#placed.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#placed[middle] as Placed)[0] < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const wordsOf = (ip: Ip): readonly number[] => (ip.family === 4 ? [ip.word] : ip.words);

const placeOf = (ip: Ip): string =>
  ip.family + wordsOf(ip).reduce((text, word) => text + word.toString(16).padStart(8, "0"), "");

function lastOf({ ip, prefix }: Cidr): Ip {
  return ipOfWords(wordsOf(ip).map((word, i) => (word | ~maskWord(prefix - 32 * i)) >>> 0));
}
