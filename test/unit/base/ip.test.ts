import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientKey, type Ip, maskIp, maskWord, parseCidr, parseIp } from "../../../src/base/ip.ts";

function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** The twin: an address as all its bits, in text. */
const bitsOf = (address: Ip): string =>
  (address.family === 4 ? [address.word] : address.words).map((word) => word.toString(2).padStart(32, "0")).join("");

const words = fc.integer({ min: 0, max: 0xffffffff });
const v4Texts = words.map((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join("."));
/** Words that are mostly zeros or ones, so that runs of zeros and edges come up. */
const v6Texts = fc
  .array(fc.oneof(fc.constantFrom(0, 0, 0xffff), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((parts) => parts.map((part) => part.toString(16)).join(":"));

describe("parseIp", () => {
  it.each([
    ["v4", "203.0.113.9", 4, "203.0.113.9"],
    ["the first v4", "0.0.0.0", 4, "0.0.0.0"],
    ["the last v4", "255.255.255.255", 4, "255.255.255.255"],
    ["v6 in long form", "2001:0DB8:0000:0000:0000:0000:0000:0001", 6, "2001:db8::1"],
    ["the longest run of zeros is shortened", "2001:0:0:1:0:0:0:1", 6, "2001:0:0:1::1"],
    ["the first of equal runs is shortened", "2001:db8:0:0:1:0:0:1", 6, "2001:db8::1:0:0:1"],
    ["a single zero is not shortened", "2001:db8:0:1:1:1:1:1", 6, "2001:db8:0:1:1:1:1:1"],
    ["the unspecified v6", "::", 6, "::"],
    ["loopback v6", "::1", 6, "::1"],
    ["the last v6", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["v4-mapped, dotted", "::ffff:203.0.113.9", 4, "203.0.113.9"],
    ["v4-mapped, hexadecimal", "::FFFF:cb00:7109", 4, "203.0.113.9"],
    ["v4-compatible is not mapped", "::203.0.113.9", 6, "::cb00:7109"],
    ["NAT64 is not mapped", "64:ff9b::203.0.113.9", 6, "64:ff9b::cb00:7109"],
  ])("%s", (_, text, family, canonical) => {
    expect(parseIp(text)).toMatchObject({ family, text: canonical });
  });

  it.each([
    ["nothing", ""],
    ["a name", "localhost"],
    ["octal", "010.0.0.1"],
    ["a leading zero", "1.2.3.04"],
    ["a double zero", "1.2.3.00"],
    ["hexadecimal", "0x7f.0.0.1"],
    ["a short form", "127.1"],
    ["one number", "2130706433"],
    ["a byte too large", "1.2.3.256"],
    ["five bytes", "1.2.3.4.5"],
    ["an empty byte", "1..3.4"],
    ["a dot at the end", "1.2.3.4."],
    ["spaces", " 1.2.3.4"],
    ["a sign", "+1.2.3.4"],
    ["other digits", "١.2.3.4"],
    ["a port", "1.2.3.4:80"],
    ["brackets", "[::1]"],
    ["a zone id", "fe80::1%eth0"],
    ["a zone id on v4-mapped", "::ffff:1.2.3.4%1"],
    ["two gaps", "1::2::3"],
    ["three colons", ":::1"],
    ["nine groups", "1:2:3:4:5:6:7:8:9"],
    ["five digits in a group", "12345::"],
    ["octal in v4-mapped", "::ffff:1.2.3.010"],
    ["a list", "1.2.3.4, 5.6.7.8"],
    ["a network", "1.2.3.0/24"],
  ])("refuses %s", (_, text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it("agrees with the bits that were written, and its text is read back as the same address", () => {
    fc.assert(
      fc.property(v4Texts, (text) => {
        const bits = text
          .split(".")
          .map((byte) => Number(byte).toString(2).padStart(8, "0"))
          .join("");
        expect(bitsOf(ip(text))).toBe(bits);
        expect(ip(text).text).toBe(text);
        expect(ip(`::ffff:${text}`)).toEqual(ip(text));
      }),
    );
    fc.assert(
      fc.property(v6Texts, (text) => {
        const address = ip(text);
        const bits = text
          .split(":")
          .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0"))
          .join("");
        if (address.family === 6) expect(bitsOf(address)).toBe(bits);
        else expect(bitsOf(address)).toBe(bits.slice(96));
        expect(ip(address.text)).toEqual(address);
      }),
    );
  });
});

describe("parseCidr", () => {
  it.each([
    ["v4", "203.0.113.0/24", "203.0.113.0/24"],
    ["a v4 address is a network of one", "203.0.113.9", "203.0.113.9/32"],
    ["every v4 address", "0.0.0.0/0", "0.0.0.0/0"],
    ["half of them", "128.0.0.0/1", "128.0.0.0/1"],
    ["the last v4 address", "255.255.255.255/32", "255.255.255.255/32"],
    ["v6, canonical", "2001:DB8:0::/32", "2001:db8::/32"],
    ["a v6 address is a network of one", "::1", "::1/128"],
    ["every v6 address", "::/0", "::/0"],
    ["a v6 prefix between words", "2001:db8:8000::/33", "2001:db8:8000::/33"],
    ["v4-mapped, with the v6 prefix length", "::ffff:203.0.113.0/120", "203.0.113.0/24"],
    ["all of v4, mapped", "::ffff:0:0/96", "0.0.0.0/0"],
    ["one address, mapped", "::ffff:203.0.113.9/128", "203.0.113.9/32"],
    ["one address, mapped, without a prefix", "::ffff:203.0.113.9", "203.0.113.9/32"],
  ])("%s", (_, text, canonical) => {
    expect(parseCidr(text)).toMatchObject({ ok: true, value: { text: canonical } });
    // Canonical text is its own canonical text: ids of the blacklist rest on it.
    expect(parseCidr(canonical)).toMatchObject({ ok: true, value: { text: canonical } });
  });

  it.each([
    ["host bits in v4", "203.0.113.9/24", "host bits are set; the network is 203.0.113.0/24"],
    ["host bits in v6", "2001:db8::1/64", "host bits are set; the network is 2001:db8::/64"],
    ["the last host bit", "255.255.255.255/31", "host bits are set; the network is 255.255.255.254/31"],
    ["host bits of everything", "0.0.0.1/0", "host bits are set; the network is 0.0.0.0/0"],
    ["host bits in v4-mapped", "::ffff:203.0.113.9/120", "host bits are set; the network is 203.0.113.0/24"],
    ["a prefix too long for v4", "10.0.0.0/33", "prefix length must be 0 to 32"],
    ["a prefix too long for v6", "::/129", "prefix length must be 0 to 128"],
    ["a prefix inside the mapping", "::ffff:0:0/95", "prefix length must be 96 to 128"],
    ["a prefix too long for v4-mapped", "::ffff:1.2.3.4/129", "prefix length must be 96 to 128"],
    ["no prefix", "10.0.0.0/", "prefix length must be 0 to 32"],
    ["a negative prefix", "10.0.0.0/-1", "prefix length must be 0 to 32"],
    ["a netmask", "10.0.0.0/255.0.0.0", "prefix length must be 0 to 32"],
    ["two prefixes", "10.0.0.0/8/8", "prefix length must be 0 to 32"],
    ["a fraction", "10.0.0.0/8.0", "prefix length must be 0 to 32"],
    ["octal", "010.0.0.0/8", "not an IP address: 010.0.0.0"],
    ["a zone id", "fe80::%1/64", "not an IP address: fe80::%1"],
    ["nothing", "", "not an IP address: "],
    ["no address", "/8", "not an IP address: "],
    ["much text", "x".repeat(1000), `not an IP address: ${"x".repeat(60)}`],
  ])("refuses %s", (_, text, error) => {
    expect(parseCidr(text)).toEqual({ ok: false, error });
  });

  it("takes a network exactly when its host bits are zero", () => {
    fc.assert(
      fc.property(fc.oneof(v4Texts, v6Texts), fc.integer({ min: 0, max: 128 }), (text, length) => {
        const address = ip(text);
        const prefix = Math.min(length, address.family === 4 ? 32 : 128);
        const clear = !bitsOf(address).slice(prefix).includes("1");
        expect(parseCidr(`${address.text}/${prefix}`).ok).toBe(clear);
      }),
    );
  });
});

describe("maskIp", () => {
  it("keeps the first bits and clears the rest", () => {
    fc.assert(
      fc.property(fc.oneof(v4Texts, v6Texts), fc.integer({ min: 0, max: 128 }), (text, length) => {
        const address = ip(text);
        const widest = address.family === 4 ? 32 : 128;
        const prefix = Math.min(length, widest);
        const masked = maskIp(address, prefix);
        expect(bitsOf(masked)).toBe(bitsOf(address).slice(0, prefix).padEnd(widest, "0"));
        expect(masked.family).toBe(address.family);
        expect(ip(masked.text)).toEqual(masked);
      }),
    );
  });

  it.each([
    [-5, 0],
    [0, 0],
    [1, 0x80000000],
    [31, 0xfffffffe],
    [32, 0xffffffff],
    [99, 0xffffffff],
  ])("a mask of %i bits", (bits, word) => {
    expect(maskWord(bits)).toBe(word);
  });
});

describe("clientKey", () => {
  it.each([
    ["a v4 address", "203.0.113.9", "203.0.113.9"],
    ["a v4-mapped one", "::ffff:203.0.113.9", "203.0.113.9"],
    ["a v6 /64", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["its neighbour", "2001:db8:1:2:ffff::", "2001:db8:1:2::/64"],
    ["the next /64", "2001:db8:1:3::", "2001:db8:1:3::/64"],
    ["loopback", "::1", "::/64"],
  ])("%s", (_, text, key) => {
    expect(clientKey(ip(text))).toBe(key);
  });
});
