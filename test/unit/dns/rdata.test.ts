import { decode as decodeByAnother } from "dns-packet";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../src/base/hex.ts";
import { decodeMessage } from "../../../src/dns/decode-message.ts";
import { encodeResponse } from "../../../src/dns/encode-response.ts";
import { parseValue } from "../../../src/dns/rdata/parse-value.ts";
import { printRdata } from "../../../src/dns/rdata/presentation.ts";
import type { Rdata } from "../../../src/dns/record-set.ts";
import { parseType, type RecordType } from "../../../src/dns/record-type.ts";
import type { Response } from "../../../src/dns/response.ts";
import { name, query } from "./zones.ts";

const typeOf = (text: string): RecordType => {
  const type = parseType(text);
  if (!type.ok) throw new Error(type.error);
  return type.value;
};
const parse = (type: string, text: string) => parseValue(typeOf(type), text, name("example.com"));
const rdataOf = (type: string, text: string): Rdata => {
  const parsed = parse(type, text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
};

const samples: [string, string][] = [
  ["A", "192.0.2.1"],
  ["AAAA", "2001:db8::1"],
  ["AAAA", "::ffff:192.0.2.1"],
  ["NS", "ns1"],
  ["CNAME", "WWW.Example.ORG."],
  ["PTR", "host.example.com."],
  ["ALIAS", "api"],
  ["SOA", "ns1 hostmaster ( 2026112500 2h 15m 2w 60 )"],
  ["MX", "10 @"],
  ["TXT", '"a \\"quoted\\" \\\\ word" plain \\195\\169 ""'],
  ["SRV", "0 5 5060 sip"],
  ["NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .'],
  ["HINFO", 'RFC8482 ""'],
  ["CAA", '0 issue "ca.example.net; policy=ev"'],
  ["SSHFP", "4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789"],
  ["TLSA", "3 1 1 ABCDEF0123456789"],
  ["DS", "60485 5 1 ( 2BB183AF5F22588179A53B0A 98631FAD1A292118 )"],
  ["CDS", "0 0 0 00"],
  ["DNSKEY", "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edb krSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="],
  [
    "RRSIG",
    "A 13 3 3600 20261224000000 20261124000000 55648 example.com. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXA yGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==",
  ],
  ["NSEC", "host.example.com. A MX RRSIG NSEC TYPE1234"],
  ["SVCB", "16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1"],
  ["HTTPS", '1 . alpn="h3,h2" port=8443 ech=AEP+DQA/ ipv6hint=2001:db8::1,2001:db8::2 key667="a b"'],
  ["TYPE65280", "\\# 5 0102 030405"],
  ["A", "\\# 4 c0000201"],
  ["MX", "\\# 7 000a 03 414243 00"],
];

describe("record data", () => {
  it("is spelled and written as the golden file says", async () => {
    const lines = samples.map(([type, text]) => {
      const rdata = rdataOf(type, text);
      return `${type} ${text}\n  prints ${printRdata(typeOf(type), rdata)}\n  bytes  ${toHex(rdata)}\n`;
    });
    await expect(lines.join("\n")).toMatchFileSnapshot("rdata.golden.txt");
  });

  it.each(samples)("%s %s comes back from its print, and out of a message", (type, text) => {
    const rdata = rdataOf(type, text);
    expect(parseValue(typeOf(type), printRdata(typeOf(type), rdata))).toEqual({ ok: true, value: rdata });
    const message = decodeMessage(packetWith(typeOf(type), rdata));
    expect(message).toMatchObject({ ok: true, value: { answer: [{ name: "www.example.com", ttl: 300, rdata }] } });
  });

  it.each([
    ["A", "192.0.2", "expected an IPv4 address"],
    ["A", "192.0.2.1 192.0.2.2", "more than a record of type A has: 192.0.2.2"],
    ["A", "", "expected an IPv4 address"],
    ["A", "::1", "expected an IPv4 address"],
    ["AAAA", "192.0.2.1", "expected an IPv6 address"],
    ["MX", "65536 mx", "expected a number from 0 to 65535"],
    ["MX", "mx", "expected a number from 0 to 65535"],
    ["MX", "10", "a name is empty"],
    ["NS", "a..b", "a label is empty: a..b"],
    ["TXT", "", "expected a string of at most 255 bytes, in quotes where it has blanks"],
    ["TXT", `"${"x".repeat(256)}"`, "expected a string of at most 255 bytes, in quotes where it has blanks"],
    ["TXT", 'a"b"', "expected a string of at most 255 bytes, in quotes where it has blanks"],
    ["TXT", '"a', "a quote is not closed"],
    ["TXT", "a\\", "\\ needs a character after it"],
    ["TXT", "a\nb", "expected one record, on one line"],
    ["CAA", "0 is-sue x", "expected a property of letters and digits, such as issue"],
    ["SOA", "ns1 host 1 1 1 1 2147483648", "expected seconds up to 2147483647, or such as 1h30m"],
    ["DS", "1 13 2 abc", "expected hexadecimal digits, two a byte"],
    ["DNSKEY", "257 3 13 a", "expected base64"],
    ["RRSIG", "A 13 3 3600 20261324000000 20261124000000 55648 . AA==", "expected a time as YYYYMMDDHHmmSS"],
    ["NSEC", "a NOSUCH", "no type of records: NOSUCH"],
    ["ANY", "x", "records of type ANY cannot be kept"],
    ["OPT", "\\# 0", "records of type OPT cannot be kept"],
    ["TYPE65280", "x", "TYPE65280 is given as bytes: \\# 4 c0000201"],
    ["TYPE65280", "\\# 3 01", "expected 3 bytes in hexadecimal digits"],
    ["A", "\\# 3 010203", "no record of type A: record data of another type"],
    ["MX", "\\# 4 000ac000", "no record of type MX: a name in it is compressed"],
  ])("%s %s is refused", (type, text, message) => {
    expect(parse(type, text)).toMatchObject({ ok: false, error: { message } });
  });

  it("says in which column the mistake is", () => {
    expect(parse("SRV", "0 5  many target")).toEqual({
      ok: false,
      error: { line: 1, column: 6, message: "expected a number from 0 to 65535" },
    });
  });
});

const FOO = "03666f6f076578616d706c6503636f6d00";
const FOO_ORG = "03666f6f076578616d706c65036f726700";

describe("the examples of RFC 9460, appendix D", () => {
  it.each([
    ["0 foo.example.com.", `0000${FOO}`],
    ["1 .", "000100"],
    ["16 foo.example.com. port=53", `0010${FOO}000300020035`],
    ["1 foo.example.com. key667=hello", `0001${FOO}029b000568656c6c6f`],
    ['1 foo.example.com. key667="hello\\210qoo"', `0001${FOO}029b000968656c6c6fd2716f6f`],
    [
      '1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
      `0001${FOO}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
    ],
    [
      '1 example.com. ipv6hint="2001:db8:122:344::192.0.2.33"',
      "0001076578616d706c6503636f6d000006001020010db80122034400000000c0000221",
    ],
    [
      "16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1",
      `0010${FOO_ORG}000000040001000400010009026832056833 2d3139 00040004c0000201`.replaceAll(" ", ""),
    ],
    ['16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"', `0010${FOO_ORG}0001000c08665c6f6f2c626172026832`],
    ["16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2", `0010${FOO_ORG}0001000c08665c6f6f2c626172026832`],
  ])("%s", (text, bytes) => {
    expect(toHex(rdataOf("SVCB", text))).toBe(bytes);
  });

  it.each([
    ["1 foo key123=abc key123=def", "key123 is there twice"],
    ["1 foo mandatory", "no value of mandatory"],
    ["1 foo alpn", "no value of alpn"],
    ["1 foo port", "no value of port"],
    ["1 foo ipv4hint", "no value of ipv4hint"],
    ["1 foo ipv6hint", "no value of ipv6hint"],
    ["1 foo no-default-alpn=abc", "no value of no-default-alpn"],
    ["1 foo mandatory=key123", "mandatory names key123, which is not there"],
    ["1 foo mandatory=mandatory", "mandatory names itself, or a parameter twice"],
    ["1 foo mandatory=key123,key123 key123=abc", "mandatory names itself, or a parameter twice"],
    ["1 foo no-default-alpn", "no-default-alpn needs alpn"],
    ["1 foo alpn=h2,,h3", "no value of alpn"],
    ["1 foo port=65536", "no value of port"],
    ["1 foo key65535=x", "expected a parameter such as alpn=h2, not key65535"],
    ['1 foo "port=53"', "expected a parameter such as alpn=h2, not port"],
  ])("%s is refused", (text, message) => {
    expect(parse("SVCB", text)).toMatchObject({ ok: false, error: { message } });
  });

  it.each([
    ["keys out of order", "0001 00 0003 0002 0035 0001 0003 026832"],
    ["a key twice", "0001 00 0003 0002 0035 0003 0002 0035"],
    ["a port of one byte", "0001 00 0003 0001 35"],
    ["an address of 3 bytes", "0001 00 0004 0003 c00002"],
    ["no protocols", "0001 00 0001 0000"],
    ["a mandatory key that is not there", "0001 00 0000 0002 0003"],
  ])("%s is no SVCB on the wire", (_, hex) => {
    const bytes = fromHex(hex.replaceAll(" ", "")) as Uint8Array;
    expect(printRdata(typeOf("SVCB"), bytes)).toMatch(/^\\# /);
    expect(decodeMessage(packetWith(typeOf("SVCB"), bytes)).ok).toBe(false);
  });
});

describe("another implementation (dns-packet)", () => {
  it.each([
    ["A", "192.0.2.1", "192.0.2.1"],
    ["AAAA", "2001:db8::1", "2001:db8::1"],
    ["NS", "ns1", "ns1.example.com"],
    ["CNAME", "www", "www.example.com"],
    ["PTR", "host", "host.example.com"],
    ["MX", "10 mx", { preference: 10, exchange: "mx.example.com" }],
    ["SRV", "1 5 5060 sip", { priority: 1, weight: 5, port: 5060, target: "sip.example.com" }],
    ["HINFO", "cpu os", { cpu: "cpu", os: "os" }],
    ["CAA", "128 issue ca.example", { flags: 128, tag: "issue", value: "ca.example", issuerCritical: true }],
    ["TXT", '"a b" c', [Buffer.from("a b"), Buffer.from("c")]],
    [
      "SOA",
      "ns1 host 1 2 3 4 5",
      { mname: "ns1.example.com", rname: "host.example.com", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
    ],
    ["DS", "60485 5 1 abcd", { keyTag: 60485, algorithm: 5, digestType: 1, digest: Buffer.from([0xab, 0xcd]) }],
    ["DNSKEY", "257 3 13 q80=", { flags: 257, algorithm: 13, key: Buffer.from([0xab, 0xcd]) }],
    ["NSEC", "b A MX RRSIG TYPE1234", { nextDomain: "b.example.com", rrtypes: ["A", "MX", "RRSIG", "UNKNOWN_1234"] }],
    ["TYPE65280", "\\# 2 abcd", Buffer.from([0xab, 0xcd])],
  ])("reads our %s %s", (type, text, data) => {
    const packet = decodeByAnother(Buffer.from(packetWith(typeOf(type), rdataOf(type, text))));
    expect(packet.answers).toMatchObject([{ name: "www.example.com", ttl: 300, class: "IN", data }]);
  });

  it("reads our RRSIG", () => {
    const text = "A 13 3 3600 20261224000000 20261124000000 55648 example.com. q80=";
    const packet = decodeByAnother(Buffer.from(packetWith(typeOf("RRSIG"), rdataOf("RRSIG", text))));
    expect(packet.answers).toMatchObject([
      {
        data: {
          typeCovered: "A",
          algorithm: 13,
          labels: 3,
          originalTTL: 3600,
          expiration: Date.UTC(2026, 11, 24) / 1000,
          inception: Date.UTC(2026, 10, 24) / 1000,
          keyTag: 55648,
          signersName: "example.com",
          signature: Buffer.from([0xab, 0xcd]),
        },
      },
    ]);
  });
});

/** A response that holds a record of `www.example.com`. */
function packetWith(type: RecordType, rdata: Rdata): Uint8Array {
  const { head, question } = query("www.example.com", "A");
  const rrset = { name: question.name, type, ttl: 300, values: [rdata], zone: null };
  const response: Response = {
    head,
    question,
    rcode: 0,
    authoritative: true,
    answer: [rrset],
    authority: [],
    additional: [],
    denial: null,
    edns: null,
  };
  return encodeResponse(response, { maxBytes: 65_535 });
}
