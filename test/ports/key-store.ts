import { expect, it } from "vitest";
import type { KeptKey, KeyStore } from "../../src/dns/dnssec/key-store.ts";
import type { Name } from "../../src/dns/name.ts";

const zone = "novacron.io" as Name;
const key: KeptKey = {
  role: "ksk",
  tag: 55_648,
  publicKey: new Uint8Array(64).fill(3),
  publishedAt: 1000,
  activeAt: 1000,
  dsDueAt: 5000,
  dsSeenAt: null,
  retiredAt: null,
  removedAt: null,
  sealed: Uint8Array.of(255, 0, 7),
};

/** What every store of keys must do; `make` gives an empty one. */
export function testKeyStore(make: () => Promise<KeyStore>): void {
  it("knows of no keys at first", async () => {
    const store = await make();
    expect(await store.all()).toEqual([]);
    expect(await store.find(zone)).toEqual({ zone, generation: 0, keys: [] });
  });

  it("gives back what it has kept, the newest", async () => {
    const store = await make();
    expect(await store.replace(await store.find(zone), [key])).toBe(true);
    const once = await store.find(zone);
    expect(once).toEqual({ zone, generation: 1, keys: [key] });
    const seen = { ...key, dsSeenAt: 6000 };
    expect(await store.replace(once, [seen])).toBe(true);
    expect(await store.all()).toEqual([{ zone, generation: 2, keys: [seen] }]);
    expect(await store.replace(await store.find(zone), [])).toBe(true);
    expect(await store.find(zone)).toEqual({ zone, generation: 3, keys: [] });
  });

  it("lets the first of two changes win", async () => {
    const store = await make();
    const empty = await store.find(zone);
    expect(await store.replace(empty, [key])).toBe(true);
    expect(await store.replace(empty, [])).toBe(false);
    const once = await store.find(zone);
    expect(await store.replace(once, [{ ...key, tag: 1 }])).toBe(true);
    expect(await store.replace(once, [{ ...key, tag: 2 }])).toBe(false);
    expect((await store.find(zone)).keys).toEqual([{ ...key, tag: 1 }]);
  });

  it("keeps zones apart", async () => {
    const store = await make();
    const other = await store.find("example.com" as Name);
    expect(await store.replace(await store.find(zone), [key])).toBe(true);
    expect(await store.find(other.zone)).toEqual(other);
    expect(await store.replace({ ...other, generation: 1 }, [key])).toBe(false);
  });
}
