import { beforeAll, expect, it } from "vitest";
import { webDnssecCrypto } from "../../../../src/adapters/web-crypto/dnssec.ts";
import { dsOf, encodeDs } from "../../../../src/dns/dnssec/ds.ts";
import { type SigningKey, signSet } from "../../../../src/dns/dnssec/sign-set.ts";
import { SignatureCache } from "../../../../src/dns/dnssec/signature-cache.ts";
import { type ChainLink, validateChain, type WithSignatures } from "../../../../src/dns/dnssec/validate-chain.ts";
import { dnskeyOf } from "../../../../src/dns/dnssec/zone-key.ts";
import { type Name, ROOT } from "../../../../src/dns/name.ts";
import type { Rdata } from "../../../../src/dns/record-set.ts";
import { DNSKEY, DS, type RecordType } from "../../../../src/dns/record-type.ts";
import { name, signingKey } from "./zone.ts";

const NOW = Date.UTC(2026, 10, 25);
const SECONDS = NOW / 1000;

interface TestZone {
  readonly zone: Name;
  readonly keys: readonly SigningKey[];
  readonly ds: Rdata;
}

let root: TestZone;
let io: TestZone;
let novacron: TestZone;
beforeAll(async () => {
  [root, io, novacron] = await Promise.all([zoneOf(ROOT), zoneOf(name("io")), zoneOf(name("novacron.io"))]);
});

async function zoneOf(zone: Name): Promise<TestZone> {
  const [ksk, zsk] = await Promise.all([signingKey("ksk", NOW), signingKey("zsk", NOW)]);
  return { zone, keys: [ksk, zsk], ds: encodeDs(await dsOf(zone, dnskeyOf(ksk), webDnssecCrypto)) };
}

async function signed(owner: Name, type: RecordType, values: readonly Rdata[], by: TestZone): Promise<WithSignatures> {
  const set = { name: owner, type, ttl: 3600, values, zone: by.zone };
  const { values: rrsigs } = await signSet(set, { apex: by.zone, keys: by.keys }, NOW, new SignatureCache());
  return { set, rrsigs };
}

const link = async (of: TestZone, next: TestZone | null): Promise<ChainLink> => ({
  zone: of.zone,
  dnskey: await signed(of.zone, DNSKEY, of.keys.map(dnskeyOf), of),
  ds: next === null ? null : await signed(next.zone, DS, [next.ds], of),
});

const chain = async () => Promise.all([link(root, io), link(io, novacron), link(novacron, null)]);
const validate = (links: readonly ChainLink[], seconds = SECONDS, anchor = [root.ds]) =>
  validateChain(anchor, links, seconds, webDnssecCrypto);

it("a chain that holds gives the keys of its last zone", async () => {
  expect(await validate(await chain())).toEqual({
    ok: true,
    value: { zone: novacron.zone, dnskeys: novacron.keys.map(dnskeyOf) },
  });
});

it("a DS of an algorithm that is not known does not stand in the way of one that is", async () => {
  const [first, second, last] = (await chain()) as [ChainLink, ChainLink, ChainLink];
  const other = novacron.ds.slice();
  other[2] = 15;
  const ds = await signed(novacron.zone, DS, [other, novacron.ds], io);
  expect(await validate([first, { ...second, ds }, last])).toMatchObject({ ok: true });
});

it.each<[string, (links: ChainLink[]) => Promise<void> | void, unknown]>([
  ["no zones at all", (links) => void links.splice(0), { kind: "no-links" }],
  [
    "a key that the parent does not know",
    async (links) => {
      links[2] = await link(await zoneOf(novacron.zone), null);
    },
    { kind: "no-key-of-ds", zone: "novacron.io" },
  ],
  [
    "keys that only a ZSK has signed",
    async (links) => {
      const { set } = (links[2] as ChainLink).dnskey;
      const zsks = { ...novacron, keys: novacron.keys.map((key) => ({ ...key, role: "ksk" as const })).slice(1) };
      links[2] = { ...(links[2] as ChainLink), dnskey: await signed(novacron.zone, DNSKEY, set.values, zsks) };
    },
    { kind: "keys-unverified", zone: "novacron.io", reason: { kind: "no-such-key" } },
  ],
  [
    "a DS that another zone has signed",
    async (links) => {
      links[1] = { ...(links[1] as ChainLink), ds: await signed(novacron.zone, DS, [novacron.ds], root) };
    },
    { kind: "ds-unverified", zone: "io", reason: { kind: "unsigned" } },
  ],
  [
    "a DS without its signature",
    (links) => {
      const { ds } = links[0] as ChainLink;
      links[0] = { ...(links[0] as ChainLink), ds: ds && { ...ds, rrsigs: [] } };
    },
    { kind: "ds-unverified", zone: ".", reason: { kind: "unsigned" } },
  ],
  [
    "a key more than was signed",
    (links) => {
      const { dnskey } = links[2] as ChainLink;
      const values = [...dnskey.set.values, ...root.keys.map(dnskeyOf)];
      links[2] = { ...(links[2] as ChainLink), dnskey: { ...dnskey, set: { ...dnskey.set, values } } };
    },
    { kind: "keys-unverified", zone: "novacron.io", reason: { kind: "wrong-signature" } },
  ],
  [
    "a parent that knows of other algorithms only",
    async (links) => {
      const other = novacron.ds.slice();
      other[2] = 15;
      links[1] = { ...(links[1] as ChainLink), ds: await signed(novacron.zone, DS, [other], io) };
    },
    { kind: "insecure", zone: "novacron.io" },
  ],
])("a chain breaks at %s", async (_what, damage, error) => {
  const links = await chain();
  await damage(links);
  expect(await validate(links)).toMatchObject({ ok: false, error });
});

it("a chain holds no longer than its signatures, and not before them", async () => {
  const links = await chain();
  expect(await validate(links, SECONDS - 3600)).toMatchObject({ ok: true });
  for (const seconds of [SECONDS - 3601, SECONDS + 3 * 86_400 + 1])
    expect(await validate(links, seconds)).toMatchObject({
      ok: false,
      error: { kind: "keys-unverified", zone: ".", reason: { kind: "not-current" } },
    });
});

it("one set costs few checks, however many keys and signatures came with it", async () => {
  const first = await link(root, null);
  const rrsig = (first.dnskey.rrsigs[0] as Rdata).slice();
  rrsig[rrsig.length - 1] = (rrsig.at(-1) as number) ^ 1;
  let checks = 0;
  const counted = {
    ...webDnssecCrypto,
    verify: (...args: Parameters<typeof webDnssecCrypto.verify>) => {
      checks += 1;
      return webDnssecCrypto.verify(...args);
    },
  };
  const dnskey = { ...first.dnskey, rrsigs: Array.from({ length: 1000 }, () => rrsig) };
  expect((await validateChain([root.ds], [{ ...first, dnskey }], SECONDS, counted)).ok).toBe(false);
  expect(checks).toBe(8);
});
