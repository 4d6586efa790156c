import type { Cidr } from "../../base/ip.ts";
import { NetworkIndex } from "../../base/network-index.ts";
import { emptyTable, type Table } from "../../table/table.ts";

/** The entry that spares a network. */
export interface Sparing {
  readonly cidr: string;
  /** Whose it is, where it is a verified bot's; `null` where it is on the allowlist. */
  readonly bot: string | null;
}

export type SparedLists = Pick<Table, "allowlist" | "bots">;

/**
 * What the shield never bans: the allowlist, and the ranges of verified bots. An entry protects until it is taken out of
 * the table, even past its end.
 */
export class Spared {
  readonly #entries: NetworkIndex<Sparing>;

  constructor({ allowlist, bots }: SparedLists) {
    const entries = new Map<string, Sparing>();
    for (const [cidr, { name }] of bots) entries.set(cidr, { cidr, bot: name });
    for (const cidr of allowlist.keys()) entries.set(cidr, { cidr, bot: null });
    this.#entries = new NetworkIndex(entries);
  }

  static bots(bots: Table["bots"]): Spared {
    return new Spared({ allowlist: emptyTable.allowlist, bots });
  }

  /** The entry that a network lies in, or that lies in it; `null` where there is none. */
  by(cidr: Cidr): Sparing | null {
    return this.#entries.meeting(cidr);
  }
}
