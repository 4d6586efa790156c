import { expect, it } from "vitest";
import { webDnssecCrypto } from "../../../src/adapters/web-crypto/dnssec.ts";
import { dnskeyOf } from "../../../src/dns/dnssec/zone-key.ts";
import type { Name } from "../../../src/dns/name.ts";
import { zoneKeys } from "../../../workers/zone-keys.ts";

const zone = "novacron.io" as Name;
const times = { publishedAt: 0, activeAt: 0, dsDueAt: null, dsSeenAt: null, retiredAt: null, removedAt: null };
const octets = Uint8Array.of(1, 2, 3);

it("a key that is made here signs when it is opened, for its zone alone and by its secret alone", async () => {
  const keys = zoneKeys("a".repeat(32));
  const kept = { ...(await keys.make(zone, "zsk")), ...times };
  expect(dnskeyOf(kept)).toHaveLength(68);
  const opened = await keys.open(zone, kept);
  const signature = (await opened?.sign(octets)) ?? new Uint8Array();
  expect(await webDnssecCrypto.verify(kept.publicKey, signature, octets)).toBe(true);
  expect(await webDnssecCrypto.verify(kept.publicKey, signature, Uint8Array.of(1, 2, 4))).toBe(false);
  expect(await keys.open("example.com" as Name, kept)).toBeNull();
  expect(await keys.open(zone, { ...kept, role: "ksk" })).toBeNull();
  expect(
    await keys.open(zone, { ...kept, sealed: kept.sealed.map((octet, i) => (i === 40 ? octet ^ 1 : octet)) }),
  ).toBeNull();
  expect(await zoneKeys("b".repeat(32)).open(zone, kept)).toBeNull();
});

it.each([
  ["a point that is on no curve", 64],
  ["a key that is too short", 10],
])("%s verifies nothing", async (_what, length) => {
  expect(await webDnssecCrypto.verify(new Uint8Array(length).fill(1), new Uint8Array(64), octets)).toBe(false);
});

it("the digest is SHA-256", async () => {
  const digest = await webDnssecCrypto.sha256(new TextEncoder().encode("abc"));
  expect([...digest.subarray(0, 4)]).toEqual([0xba, 0x78, 0x16, 0xbf]);
});
