import { type KeptKey, type KeptZone, type KeyStore, readKeys, writeKeys } from "../../src/dns/dnssec/key-store.ts";
import type { Name } from "../../src/dns/name.ts";

/** Keys in memory, written and read as they are for storage. */
export class FakeKeyStore implements KeyStore {
  /** Every call fails while this is set. */
  unreachable = false;
  readonly #zones = new Map<Name, { readonly generation: number; readonly keys: string }>();

  async all(): Promise<readonly KeptZone[]> {
    return Promise.all(Array.from(this.#zones.keys(), (zone) => this.find(zone)));
  }

  async find(zone: Name): Promise<KeptZone> {
    this.#answer();
    const { generation, keys } = this.#zones.get(zone) ?? { generation: 0, keys: "[]" };
    return { zone, generation, keys: readKeys(keys) };
  }

  async replace({ zone, generation }: KeptZone, keys: readonly KeptKey[]): Promise<boolean> {
    this.#answer();
    if ((this.#zones.get(zone)?.generation ?? 0) !== generation) return false;
    this.#zones.set(zone, { generation: generation + 1, keys: writeKeys(keys) });
    return true;
  }

  #answer(): void {
    if (this.unreachable) throw new Error("D1_ERROR: Network connection lost.");
  }
}
