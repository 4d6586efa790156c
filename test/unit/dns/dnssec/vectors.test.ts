import { expect, it } from "vitest";
import { webDnssecCrypto } from "../../../../src/adapters/web-crypto/dnssec.ts";
import { canonicalOctets, compareNames, successorOf } from "../../../../src/dns/dnssec/canonical-name.ts";
import { decodeDnskey, keyTag } from "../../../../src/dns/dnssec/dnskey.ts";
import { dsOf, dsText } from "../../../../src/dns/dnssec/ds.ts";
import { join, uint16, uint32 } from "../../../../src/dns/dnssec/octets.ts";
import { verifySet } from "../../../../src/dns/dnssec/verify-set.ts";
import { base64, name } from "./zone.ts";

// RFC 6605, section 6.1.
const dnskey = join(
  uint16(257),
  Uint8Array.of(3, 13),
  base64("GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="),
);
const www = { name: name("www.example.net"), type: 1, ttl: 3600, values: [Uint8Array.of(192, 0, 2, 1)] };
const rrsig = join(
  uint16(1),
  Uint8Array.of(13, 3),
  uint32(3600),
  uint32(Date.UTC(2010, 8, 9, 10, 4, 39) / 1000),
  uint32(Date.UTC(2010, 7, 12, 10, 4, 39) / 1000),
  uint16(55_648),
  Uint8Array.of(7, 101, 120, 97, 109, 112, 108, 101, 3, 110, 101, 116, 0),
  base64("qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw=="),
);
const zone = { zone: name("example.net"), dnskeys: [dnskey] };
const at = Date.UTC(2010, 8, 1) / 1000;

it("the key of RFC 6605 has the tag and the DS that are written there", async () => {
  expect(keyTag(dnskey)).toBe(55_648);
  expect(dsText(await dsOf(zone.zone, dnskey, webDnssecCrypto))).toBe(
    "55648 13 2 B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17",
  );
});

it("the signature of RFC 6605 holds, in its time and of its records alone", async () => {
  const verify = (set: typeof www, seconds: number, keys = zone) =>
    verifySet(set, [rrsig], keys, seconds, webDnssecCrypto);
  expect(await verify(www, at)).toMatchObject({ ok: true, value: { isExpanded: false } });
  expect(await verify({ ...www, ttl: 5 }, at)).toMatchObject({ ok: true });
  expect(await verify(www, Date.UTC(2010, 9, 1) / 1000)).toMatchObject({ ok: false, error: { kind: "not-current" } });
  expect(await verify({ ...www, values: [Uint8Array.of(192, 0, 2, 2)] }, at)).toMatchObject({
    ok: false,
    error: { kind: "wrong-signature" },
  });
  expect(await verify({ ...www, type: 28 }, at)).toEqual({ ok: false, error: { kind: "unsigned" } });
  expect(await verify(www, at, { ...zone, dnskeys: [] })).toMatchObject({ ok: false, error: { kind: "no-such-key" } });
  expect(await verify(www, at, { ...zone, zone: name("example.com") })).toEqual({
    ok: false,
    error: { kind: "unsigned" },
  });
});

it("names come in the order of RFC 4034, section 6.1", () => {
  const ordered = [
    "example",
    "a.example",
    "yljkjljk.a.example",
    "Z.a.example",
    "zABC.a.EXAMPLE",
    "z.example",
    "\\001.z.example",
    "*.z.example",
    "\\200.z.example",
  ].map(name);
  expect([...ordered].reverse().sort(compareNames)).toEqual(ordered);
});

/** With a label of 60 octets before it, a name of 254. */
const LONG = ["b", "c", "d"].map((letter) => letter.repeat(63)).join(".");

it.each([
  ["an ordinary name", "example.com", "\\000.example.com"],
  ["a name of 254 octets", `${"a".repeat(60)}.${LONG}`, `${"a".repeat(60)}\\000.${LONG}`],
  ["a name of 255 octets", `${"a".repeat(61)}.${LONG}`, `${"a".repeat(60)}b.${LONG}`],
  ["one whose next letter would be a capital", `${"a".repeat(60)}\\@.${LONG}`, `${"a".repeat(60)}[.${LONG}`],
  ["one that ends in the last octet", `${"a".repeat(60)}\\255.${LONG}`, `${"a".repeat(59)}b.${LONG}`],
])("the successor of %s", (_what, of, expected) => {
  expect(successorOf(name(of))).toEqual(canonicalOctets(name(expected)));
});

it.each([
  ["another protocol", [1, 0, 2, 13, 1]],
  ["no key of a zone", [0, 0, 3, 13, 1]],
  ["a revoked key", [1, 0x80, 3, 13, 1]],
  ["too short", [1, 0, 3, 13]],
])("%s is no zone key", (_what, rdata) => {
  expect(decodeDnskey(Uint8Array.from(rdata))).toBeNull();
});
