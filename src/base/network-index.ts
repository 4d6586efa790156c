import { type Cidr, type Ip, ipOfWords, maskWord, networkText, parseCidr } from "./ip.ts";

/** What is known of a network, by its first address, so written that texts are in the order of addresses. */
type Placed<T> = readonly [first: string, known: T];

/** Networks, of which one that holds another, or lies in it, is found. Networks nest or are disjoint. */
export class NetworkIndex<T> {
  readonly #byText: ReadonlyMap<string, T>;
  readonly #placed: readonly Placed<T>[];

  /** By canonical CIDR. What is no network is passed over. */
  constructor(entries: ReadonlyMap<string, T>) {
    this.#byText = entries;
    this.#placed = [...entries]
      .flatMap(([text, known]): Placed<T>[] => {
        const cidr = parseCidr(text);
        return cidr.ok ? [[placeOf(cidr.value.ip), known]] : [];
      })
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** The narrowest that a network is or lies in, or else the first that lies in it; `null` where there is none. */
  meeting(cidr: Cidr): T | null {
    for (let prefix = cidr.prefix; prefix >= 0; prefix--) {
      const wider = this.#byText.get(networkText(cidr.ip, prefix));
      if (wider !== undefined) return wider;
    }
    const within = this.#placed[this.#firstFrom(placeOf(cidr.ip))];
    return within !== undefined && within[0] <= placeOf(lastOf(cidr)) ? within[1] : null;
  }

  #firstFrom(place: string): number {
    let low = 0;
    let high = this.#placed.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#placed[middle] as Placed<T>)[0] < place) low = middle + 1;
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
