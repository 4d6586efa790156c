import { beforeEach, describe, expect, it } from "vitest";
import { webDnssecCrypto } from "../../../src/adapters/web-crypto/dnssec.ts";
import { PROPAGATION_SECONDS } from "../../../src/dns/dnssec/delays.ts";
import type { KeptKey } from "../../../src/dns/dnssec/key-store.ts";
import type { Name } from "../../../src/dns/name.ts";
import { KeyRing, type Keys } from "../../../workers/dns/key-ring.ts";
import { zoneKeys } from "../../../workers/zone-keys.ts";
import { FakeColoCache } from "../../fakes/colo-cache.ts";
import { FakeKeyStore } from "../../fakes/key-store.ts";
import { name } from "./dnssec/zone.ts";

const NOW = Date.UTC(2026, 10, 25);
const zone = name("novacron.io");
const keys = zoneKeys("d".repeat(32));

let store: FakeKeyStore;
let coloCache: FakeColoCache;
let clock: number;
let ring: KeyRing;
let background: Promise<unknown>[];
beforeEach(async () => {
  store = new FakeKeyStore();
  coloCache = new FakeColoCache(() => clock);
  clock = NOW;
  background = [];
  ring = new KeyRing({ store, coloCache, keys, now: () => clock, log: () => undefined });
  await keep(await keyOf("zsk"));
});

async function keyOf(role: "ksk" | "zsk", times: Partial<KeptKey> = {}): Promise<KeptKey> {
  const ends = { dsDueAt: null, dsSeenAt: null, retiredAt: null, removedAt: null };
  return { ...(await keys.make(zone, role)), publishedAt: NOW, activeAt: NOW, ...ends, ...times };
}
const keep = async (...kept: readonly KeptKey[]) => store.replace(await store.find(zone), kept);
const isSame = (a: KeptKey, b: KeptKey) => a.publicKey.toString() === b.publicKey.toString();
const get = () => ring.get((work) => background.push(work));
const tags = (known: Keys | null) => known?.(zone)?.keys.map(({ tag }) => tag);
const tagsOf = async () => (await store.find(zone)).keys.map(({ tag }) => tag);

describe("a ring of keys", () => {
  it("reads once, and then has the keys at once", async () => {
    expect(get()).toBeInstanceOf(Promise);
    expect(tags(await get())).toEqual(await tagsOf());
    store.unreachable = true;
    clock += 60_000;
    expect(get()).toBeInstanceOf(Function);
    expect(background).toEqual([]);
  });

  it("renews behind the answers, one reading at a time", async () => {
    await get();
    const before = await tagsOf();
    await keep(await keyOf("zsk"), await keyOf("ksk"));
    clock += 60_001;
    expect([tags(await get()), tags(await get())]).toEqual([before, before]);
    expect(background).toHaveLength(1);
    await Promise.all(background);
    expect(tags(await get())).toEqual(await tagsOf());
  });

  it("goes on with what it has while nothing can be read, and knows nothing when a rollover may have passed it by", async () => {
    await get();
    const before = await tagsOf();
    store.unreachable = true;
    clock += PROPAGATION_SECONDS * 1000;
    expect(tags(await get())).toEqual(before);
    clock += 1;
    expect(await get()).toBeNull();
    store.unreachable = false;
    expect(tags(await get())).toEqual(before);
  });

  it("has from the others of its colo what one of them has read, and for long when nobody can read", async () => {
    await get();
    store.unreachable = true;
    const another = () => new KeyRing({ store, coloCache, keys, now: () => clock, log: () => undefined });
    const before = tags(await get());
    clock += 30_000;
    expect(tags(await another().get(() => undefined))).toEqual(before);
    clock += 800_000;
    expect(tags(await another().get(() => undefined))).toEqual(before);
    clock += 100_000;
    expect(await another().get(() => undefined)).toBeNull();
  });

  it.each([
    [
      "is broken",
      () => {
        coloCache.failing = () => Promise.reject(new Error("no cache"));
      },
    ],
    ["holds something else", () => coloCache.put("dnssec/keys/1", Uint8Array.of(1, 2), 900)],
  ])("does without a cache that %s", async (_what, spoil) => {
    await spoil();
    expect(tags(await get())).toEqual(await tagsOf());
  });

  it("knows nothing while nothing has been read", async () => {
    store.unreachable = true;
    expect(await get()).toBeNull();
  });

  it("signs no zone without keys, nor one whose keys are gone", async () => {
    await keep(await keyOf("zsk", { removedAt: NOW + 1000 }));
    expect((await get())?.(name("example.com"))).toBeNull();
    expect((await get())?.(zone)?.apex).toBe(zone);
    clock += 1000;
    expect((await get())?.(zone)).toBeNull();
  });

  it("signs nothing where there is no secret", () => {
    const without = new KeyRing({ store, coloCache, keys: null, now: () => clock, log: () => undefined });
    const known = without.get(() => undefined) as Keys;
    expect(known(zone)).toBeNull();
  });

  it("does not open what another secret has sealed, or what was another key's", async () => {
    const logged: unknown[] = [];
    const other = {
      coloCache,
      keys: zoneKeys("e".repeat(32)),
      now: () => clock,
      log: (cause: unknown) => logged.push(cause),
    };
    expect(await new KeyRing({ ...other, store }).get(() => undefined)).toBeNull();
    expect(String(logged)).toContain("DNSSEC_KEY does not open");
    const [a, b] = [await keyOf("zsk"), await keyOf("zsk")];
    await keep({ ...a, sealed: b.sealed });
    clock += 60_000;
    expect(await get()).toBeNull();
  });

  it("signs by the key that there is, also where one before it had its tag", async () => {
    const made = await keyOf("zsk");
    const [old] = (await store.find(zone)).keys;
    // Sealed under its own tag, which nobody but this test has written over.
    const open = (of: Name, key: KeptKey) => keys.open(of, key.tag === old?.tag && !isSame(key, old) ? made : key);
    ring = new KeyRing({ store, coloCache, keys: { open }, now: () => clock, log: () => undefined });
    await get();
    await keep({ ...made, tag: old?.tag ?? 0 });
    clock += 120_000;
    get();
    await Promise.all(background);
    const signing = (await get())?.(zone)?.keys[0];
    const signature = (await signing?.sign(Uint8Array.of(1))) ?? new Uint8Array();
    expect(await webDnssecCrypto.verify(made.publicKey, signature, Uint8Array.of(1))).toBe(true);
  });

  it("gives keys that sign", async () => {
    const signing = (await get())?.(zone)?.keys[0];
    expect(await signing?.sign(Uint8Array.of(1, 2, 3))).toHaveLength(64);
    expect(JSON.stringify(signing)).not.toContain("sealed");
  });
});
