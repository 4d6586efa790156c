import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseValue } from "../../../src/dns/rdata/parse-value.ts";
import { printRdata } from "../../../src/dns/rdata/presentation.ts";
import type { RecordSet } from "../../../src/dns/record-set.ts";
import { A, AAAA, CNAME, MX, NS, SOA, SRV, TXT, typeName } from "../../../src/dns/record-type.ts";
import {
  MAX_FAULTS,
  MAX_ZONE_FILE_BYTES,
  MAX_ZONE_RECORDS,
  parseZoneFile,
} from "../../../src/dns/zone-file/parse-zone-file.ts";
import { printZoneFile } from "../../../src/dns/zone-file/print-zone-file.ts";
import { name } from "./zones.ts";

const apex = name("example.com");
const parse = (text: string) => parseZoneFile(text, { apex, defaultTtlSeconds: 300 });
/** A line a record, in the order in which the sets are. */
const show = (sets: readonly RecordSet[]) =>
  sets.flatMap(({ owner, type, ttl, values }) =>
    values.map((value) => `${owner} ${ttl} ${typeName(type)} ${printRdata(type, value)}`),
  );

const HEAD = "@ 300 SOA ns hostmaster 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.53\n";

describe("a zone file", () => {
  it("is read in all the ways in which RFC 1035 lets people write", () => {
    const text = `; the zone of an example
$TTL 1h
@   IN  SOA ns1.example.com. host\\.master.example.com. (
        2026112500 ; serial
        2h 15M     ; refresh and retry
        2w ) ( 300 )
    IN  NS  ns1
        NS  ns2.example.com.
ns1 60 IN A 192.0.2.1\r
    IN 60 AAAA 2001:db8::1
ns2 in 5m a 192.0.2.2
@   MX 10 mail ; a comment ; in a comment
$ORIGIN sub.example.com.
$TTL 60
mail A 192.0.2.3
@   TXT "a ; is no comment" ( "nor (this)"
    "a parenthesis" )
*   CNAME mail
a\\.b TXT \\; semicolon
$ORIGIN deeper
x   SRV 0 0 443 @
\t\t
$ORIGIN example.com.
mail A 192.0.2.4
mail A 192.0.2.4
\\042.late TYPE65280 \\# 2 ab cd
svc HTTPS 1 . alpn="h3,h2" port=8443`;
    const parsed = parse(text);
    expect(parsed.ok ? show(parsed.value) : parsed.error).toEqual([
      "example.com 3600 SOA ns1.example.com. host\\.master.example.com. 2026112500 7200 900 1209600 300",
      "example.com 3600 NS ns1.example.com.",
      "example.com 3600 NS ns2.example.com.",
      "ns1.example.com 60 A 192.0.2.1",
      "ns1.example.com 60 AAAA 2001:db8::1",
      "ns2.example.com 300 A 192.0.2.2",
      "example.com 3600 MX 10 mail.example.com.",
      "mail.sub.example.com 60 A 192.0.2.3",
      'sub.example.com 60 TXT "a ; is no comment" "nor (this)" "a parenthesis"',
      "*.sub.example.com 60 CNAME mail.sub.example.com.",
      'a\\.b.sub.example.com 60 TXT ";" "semicolon"',
      "x.deeper.sub.example.com 60 SRV 0 0 443 deeper.sub.example.com.",
      "mail.example.com 60 A 192.0.2.4",
      "*.late.example.com 60 TYPE65280 \\# 2 abcd",
      'svc.example.com 60 HTTPS 1 . alpn="h3,h2" port=8443',
    ]);
  });

  it("without $TTL uses the last TTL that was given, and before one the zone's", () => {
    const parsed = parse(`${HEAD.replaceAll(" 300", "")}a 60 A 192.0.2.1\nb A 192.0.2.2\n`);
    expect(parsed.ok ? parsed.value.map(({ ttl }) => ttl) : parsed.error).toEqual([300, 300, 300, 60, 60]);
  });

  it.each([
    ["a bad address", "a A 192.0.2", 4, 5, "expected an IPv4 address"],
    ["a type that is none", "a NOSUCH x", 4, 3, "no type of records: NOSUCH"],
    ["another class", "a CH TXT x", 4, 3, "class CH: only IN is served"],
    ["a TTL that is too large", "a 2147483648 A 192.0.2.1", 4, 3, "expected a TTL of up to 2147483647 seconds"],
    ["no type", "a 60 IN", 4, 8, "no type of records: "],
    ["$INCLUDE", "$INCLUDE other.zone", 4, 1, "$INCLUDE is refused: put the other file's records here"],
    ["$GENERATE", "$GENERATE 1-9 a$ A 192.0.2.$", 4, 1, "$GENERATE is no directive that is known here"],
    ["$TTL without one", "$TTL soon", 4, 6, "expected seconds up to 2147483647"],
    ["more than a directive has", "$ORIGIN a b", 4, 11, "more than $ORIGIN has: b"],
    ["an origin that is none", "$ORIGIN a..b", 4, 9, "a label is empty: a..b"],
    ["a parenthesis that stays open", "a TXT ( x\n\n", 4, 7, "a parenthesis is not closed"],
    ["one that was not opened", "a TXT x )", 4, 9, "a parenthesis was not opened"],
    ["a quote that stays open", 'a TXT "x\n', 4, 7, "a quote is not closed"],
    ["a mistake in a later line of an entry", "a SRV ( 0\n 0 x\n a )", 5, 4, "expected a number from 0 to 65535"],
    [
      "an owner outside the zone",
      "a.example.org. A 192.0.2.1",
      4,
      1,
      "a.example.org. is outside the zone example.com.",
    ],
    ["a second SOA", "@ 300 SOA ns b 1 2 3 4 5", 1, 1, "SOA may be there once only"],
    ["a SOA further down", "a SOA ns b 1 2 3 4 5", 4, 1, "SOA belongs to the apex, example.com."],
    ["a CNAME beside others", "ns CNAME a", 4, 1, "CNAME cannot be beside A"],
    ["two CNAMEs", "a CNAME b\na CNAME c", 4, 1, "CNAME may be there once only"],
    ["an alias beside addresses", "ns ALIAS a", 4, 1, "ALIAS cannot be beside A or AAAA"],
    ["two TTLs in one set", "a 60 A 192.0.2.1\na 61 A 192.0.2.2", 5, 1, "TTL 61, but 60 in line 4: one set has one"],
    ["CNAMEs in a circle", "a CNAME b\nb CNAME a", 4, 1, "it leads on for ever, or over more than 8 names"],
    ["MX to a CNAME", "@ MX 1 a\na CNAME ns", 4, 1, "MX leads to a.example.com., which is a CNAME"],
    ["a delegation without glue", "sub NS ns.sub", 4, 1, "ns.sub.example.com. needs an address in this zone"],
    ["DS without a delegation", "sub DS 1 13 2 ab", 4, 1, "DS needs the NS of a delegation"],
    ["DNAME", "sub DNAME a", 4, 5, "DNAME is given as bytes: \\# 4 c0000201"],
    ["a wildcard that is delegated", "* NS ns", 4, 1, "a wildcard cannot be delegated"],
    [
      "data below a delegation",
      "sub NS ns\na.sub TXT x",
      5,
      1,
      "sub.example.com. is delegated: it can have NS, DS and the addresses of its servers only",
    ],
  ])("with %s says where", (_, text, line, column, message) => {
    const parsed = parse(HEAD + text);
    expect(parsed.ok ? [] : parsed.error).toContainEqual({ line, column, message });
  });

  it.each([
    ["no SOA", "@ NS ns\nns A 192.0.2.1", ["example.com. has no SOA"]],
    ["nothing at all", "", ["example.com. has no SOA", "example.com. has no NS"]],
    ["no first owner", ` A 192.0.2.1\n${HEAD}`, ["the first record has no owner"]],
  ])("with %s is refused", (_, text, messages) => {
    const parsed = parse(text);
    expect(parsed.ok ? [] : parsed.error.map(({ message }) => message)).toEqual(messages);
  });

  it("names every bad line", () => {
    const parsed = parse(`${HEAD}a A x\nb A 192.0.2.1\nc MX x\nd ( A\n"x) A\ne A y`);
    expect(parsed.ok ? [] : parsed.error.map(({ line }) => line)).toEqual([4, 6, 8, 9]);
  });

  it("is read up to its limits", () => {
    const lines = (count: number, line: string) => HEAD + `${line}\n`.repeat(count);
    const faults = parse(lines(2 * MAX_FAULTS, "a A x"));
    expect(faults.ok ? [] : faults.error).toHaveLength(MAX_FAULTS);
    expect(parse(lines(MAX_ZONE_RECORDS, "ns 300 A 192.0.2.53"))).toMatchObject({
      error: [{ message: `more than ${MAX_ZONE_RECORDS} records` }],
    });
    expect(parse(";".repeat(MAX_ZONE_FILE_BYTES + 1))).toMatchObject({
      error: [{ message: `more than ${MAX_ZONE_FILE_BYTES} bytes` }],
    });
    const manyValues = Array.from({ length: 101 }, (_, i) => `a 60 A 192.0.2.${i}\n`).join("");
    expect(parse(HEAD + manyValues)).toMatchObject({
      error: [{ line: 4, message: "more than 100 records of one name and type" }],
    });
    const long = Array.from({ length: 90 }, (_, i) => `a TXT "${i}${"x".repeat(200)}"\n`).join("");
    expect(parse(HEAD + long)).toMatchObject({ error: [{ message: "more than 16384 bytes of one name and type" }] });
  });

  it("never throws, whatever it is given", () => {
    const piece = fc.constantFrom(
      ...'@ $ORIGIN $TTL a . .. * ( ) " \\ \\# ; \n \t 60 IN A TXT SOA NS 1 x= é \0 192.0.2.1'.split(" "),
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const text of [pieces.join(""), pieces.join(" ")]) expect(typeof parse(text).ok).toBe("boolean");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what is printed", () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 8 });
  const owner = fc.array(label, { minLength: 1, maxLength: 3 });
  const escaped = (labels: Uint8Array[]) =>
    labels.map((bytes) => [...bytes].map((byte) => `\\${String(byte).padStart(3, "0")}`).join("")).join(".");
  const record = fc.oneof(
    fc.tuple(fc.constant(A), fc.ipV4()),
    fc.tuple(fc.constant(AAAA), fc.ipV6()),
    fc.tuple(
      fc.constant(TXT),
      label.map((bytes) => `"${escaped([bytes])}"`),
    ),
    fc.tuple(
      fc.constant(MX),
      owner.map((labels) => `7 ${escaped(labels)}.elsewhere.test.`),
    ),
    fc.tuple(
      fc.constant(SRV),
      owner.map((labels) => `1 2 3 ${escaped(labels)}.elsewhere.test.`),
    ),
    fc.tuple(
      fc.constant(65280),
      fc.uint8Array({ maxLength: 9 }).map((bytes) => `\\# ${bytes.length} ${Buffer.from(bytes).toString("hex")}`),
    ),
  );

  it("is read back to the same sets, whatever is in them", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(owner, record, fc.nat(100_000)), { maxLength: 12 }), (records) => {
        const base = parse(HEAD);
        const sets = new Map(base.ok ? base.value.map((set) => [`${set.owner}/${set.type}`, set]) : []);
        for (const [labels, [type, text], ttl] of records) {
          const value = parseValue(type, text);
          if (!value.ok) throw new Error(`${text}: ${value.error.message}`);
          const at = name(`${escaped(labels)}.x.example.com`);
          sets.set(`${at}/${type}`, { owner: at, type, ttl, values: [value.value] });
        }
        const printed = printZoneFile(apex, [...sets.values()]);
        const again = parse(printed);
        if (!again.ok) throw new Error(JSON.stringify(again.error));
        expect(new Set(show(again.value))).toEqual(new Set(show([...sets.values()])));
        expect(printZoneFile(apex, again.value)).toBe(printed);
      }),
    );
  });

  it("begins with the apex and its SOA, and names stand above what is below them", () => {
    const parsed = parse(`${HEAD}b.a 60 A 192.0.2.1\na 60 TXT x\n@ MX 1 ns\na 60 A 192.0.2.2\n`);
    expect(parsed.ok && printZoneFile(apex, parsed.value)).toBe(`$ORIGIN example.com.
@ 300 IN SOA ns.example.com. hostmaster.example.com. 1 2 3 4 5
@ 300 IN NS ns.example.com.
@ 60 IN MX 1 ns.example.com.
a 60 IN A 192.0.2.2
a 60 IN TXT "x"
b.a 60 IN A 192.0.2.1
ns 300 IN A 192.0.2.53
`);
    expect([SOA, NS, CNAME].map(typeName)).toEqual(["SOA", "NS", "CNAME"]);
  });
});
