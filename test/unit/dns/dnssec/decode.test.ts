import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeDnskey, encodeDnskey } from "../../../../src/dns/dnssec/dnskey.ts";
import { decodeDs, encodeDs } from "../../../../src/dns/dnssec/ds.ts";
import { join } from "../../../../src/dns/dnssec/octets.ts";
import { decodeRrsig, encodeFields } from "../../../../src/dns/dnssec/rrsig.ts";
import { name } from "./zone.ts";

const octets = (maxLength: number) => fc.uint8Array({ maxLength });

it("whatever comes as record data is read or is none; what is read is written the same", () => {
  fc.assert(
    fc.property(octets(120), (rdata) => {
      const ds = decodeDs(rdata);
      if (ds !== null) expect(encodeDs(ds)).toEqual(rdata);
      const key = decodeDnskey(rdata);
      if (key !== null) expect(rdata.subarray(4)).toEqual(key.publicKey);
      const rrsig = decodeRrsig(rdata);
      if (rrsig !== null) expect(decodeRrsig(join(encodeFields(rrsig), rrsig.signature))).toEqual(rrsig);
    }),
    { numRuns: 2000 },
  );
});

it("an RRSIG comes back as it was", () => {
  const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const u16 = fc.integer({ min: 0, max: 0xffff });
  const u8 = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(u16, u8, u8, u32, u32, u32, u16, octets(64), (typeCovered, algorithm, labels, ...rest) => {
      const [originalTtl, expiration, inception, keyTag, signature] = rest;
      const signer = name("novacron.io");
      const fields = { typeCovered, algorithm, labels, originalTtl, expiration, inception, keyTag, signer };
      expect(decodeRrsig(join(encodeFields(fields), signature))).toEqual({ ...fields, signature });
    }),
  );
});

it.each(["ksk", "zsk"] as const)("a %s is a key of a zone", (role) => {
  const publicKey = new Uint8Array(64).fill(9);
  expect(decodeDnskey(encodeDnskey(role, publicKey))).toEqual({
    flags: role === "ksk" ? 257 : 256,
    algorithm: 13,
    publicKey,
  });
});
