import { encode as encodeByAnother, type Packet } from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "../../../src/dns/decode-message.ts";
import { encodeResponse } from "../../../src/dns/encode-response.ts";
import { type Name, wireLength } from "../../../src/dns/name.ts";
import { parseValue } from "../../../src/dns/rdata/parse-value.ts";
import { printRdata } from "../../../src/dns/rdata/presentation.ts";
import { A, CNAME, HTTPS, MX, NS, PTR, SOA, SRV, TXT, typeName } from "../../../src/dns/record-type.ts";
import type { Response, Rrset } from "../../../src/dns/response.ts";
import { WireReader } from "../../../src/dns/wire/reader.ts";
import { query } from "./zones.ts";

/** Names that often end alike, with labels that need escapes. */
const label = fc.oneof(fc.constantFrom("a", "b", "com"), fc.uint8Array({ minLength: 1, maxLength: 5 }));
const name = fc.array(label, { maxLength: 5 }).map((labels): Name => {
  const wire = labels.flatMap((part) => [part.length, ...(typeof part === "string" ? Buffer.from(part) : part)]);
  return new WireReader(Uint8Array.from([...wire, 0])).name();
});
const spelled = name.map((each) => (each === "." ? "." : `${each}.`));
const data = fc.oneof(
  fc.tuple(fc.constantFrom(NS, CNAME, PTR), spelled),
  fc.tuple(
    fc.constant(MX),
    spelled.map((to) => `10 ${to}`),
  ),
  fc.tuple(
    fc.constant(SRV),
    spelled.map((to) => `1 2 3 ${to}`),
  ),
  fc.tuple(
    fc.constant(HTTPS),
    spelled.map((to) => `1 ${to} alpn=h3`),
  ),
  fc.tuple(
    fc.constant(SOA),
    fc.tuple(spelled, spelled).map(([server, mail]) => `${server} ${mail} 1 2 3 4 5`),
  ),
  fc.tuple(fc.constant(A), fc.ipV4()),
);
const rrset = fc.tuple(name, data, fc.nat(2 ** 31 - 1)).map(([owner, [type, text], ttl]): Rrset => {
  const value = parseValue(type, text);
  if (!value.ok) throw new Error(`${text}: ${value.error.message}`);
  return { name: owner, type, ttl, values: [value.value], zone: null };
});

const response = (question: string, sections: Partial<Response>): Response => ({
  ...query(question, "A"),
  rcode: 0,
  authoritative: true,
  answer: [],
  authority: [],
  additional: [],
  denial: null,
  edns: null,
  ...sections,
});

describe("any response", () => {
  const section = fc.array(rrset, { maxLength: 12 });

  it("is read back as it was, however its names are compressed, and is never longer than without", () => {
    fc.assert(
      fc.property(section, section, section, (answer, authority, additional) => {
        const bytes = encodeResponse(response("x.com", { answer, authority, additional }), { maxBytes: 65_535 });
        const message = decodeMessage(bytes);
        if (!message.ok) throw new Error(message.error);
        const records = (sets: readonly Rrset[]) =>
          sets.map(({ name, type, ttl, values: [rdata] }) => ({ name, type, class: 1, ttl, rdata }));
        expect(message.value.answer).toEqual(records(answer));
        expect(message.value.authority).toEqual(records(authority));
        expect(message.value.additional).toEqual(records(additional));
        const plain = [...answer, ...authority, ...additional].reduce(
          (sum, set) => sum + wireLength(set.name) + 10 + (set.values[0]?.length ?? 0),
          12 + wireLength("x.com" as Name) + 4,
        );
        expect(bytes.length).toBeLessThanOrEqual(plain);
      }),
    );
  });

  it("may be so long that pointers no longer reach", () => {
    // 80 strings of 249 bytes.
    const strings = Uint8Array.from({ length: 20_000 }, (_, i) => (i % 250 === 0 ? 249 : 0x61));
    const long: Rrset = { name: "t.com" as Name, type: TXT, ttl: 1, values: [strings], zone: null };
    const late = ["a.late.test", "b.late.test"].map(
      (owner): Rrset => ({ name: owner as Name, type: A, ttl: 1, values: [Uint8Array.of(1, 2, 3, 4)], zone: null }),
    );
    const bytes = encodeResponse(response("x.com", { answer: [long, ...late] }), { maxBytes: 65_535 });
    const message = decodeMessage(bytes);
    expect(message.ok ? message.value.answer.map(({ name }) => name) : message.error).toEqual([
      "t.com",
      "a.late.test",
      "b.late.test",
    ]);
  });
});

describe("a message with record data that is none", () => {
  /** A response to `a.com A` with one record of the root. */
  const withRecord = (type: number, ...rdata: number[]) =>
    Uint8Array.from([0, 1, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, type, 0, 1, 0, 0, 0, 9, 0, rdata.length, ...rdata]);

  it("would be read if it were some", () => {
    expect(decodeMessage(withRecord(NS, 1, 0x61, 0))).toMatchObject({
      ok: true,
      value: { answer: [{ type: NS, ttl: 9 }] },
    });
  });

  it.each([
    ["a name and more", NS, [1, 0x61, 0, 0], "record data with more than its fields"],
    ["a name that ends past it", NS, [1, 0x61], "a name is too long, or cut off"],
    ["a name that points forward", NS, [0xc0, 60], "a name is cut off, or points nowhere before it"],
    ["an address of 5 bytes", A, [1, 2, 3, 4, 5], "record data of another type"],
    ["a preference and no name", MX, [0, 1], "a name is cut off, or points nowhere before it"],
    ["a string that ends past it", TXT, [2, 0x61], "record data of another type"],
    ["half of a SOA", SOA, [0, 0, 0, 0, 0, 1], "cut off"],
  ])("is refused: %s", (_, type, rdata, error) => {
    expect(decodeMessage(withRecord(type, ...rdata))).toEqual({ ok: false, error });
  });
});

describe("what another implementation (dns-packet) writes", () => {
  it.each<[string, Packet["answers"], string[]]>([
    [
      "addresses",
      [
        { type: "A", name: "A.com", ttl: 1, data: "192.0.2.1" },
        { type: "AAAA", name: "a.com", ttl: 2, data: "2001:db8::1" },
      ],
      ["a.com 1 A 192.0.2.1", "a.com 2 AAAA 2001:db8::1"],
    ],
    [
      "names",
      [
        { type: "CNAME", name: "w.a.com", ttl: 1, data: "B.com" },
        { type: "NS", name: "a.com", ttl: 1, data: "ns.a.com" },
        { type: "MX", name: "a.com", ttl: 1, data: { preference: 10, exchange: "mx.a.com" } },
        { type: "SRV", name: "_s._tcp.a.com", ttl: 1, data: { priority: 1, weight: 2, port: 3, target: "t.com" } },
      ],
      ["w.a.com 1 CNAME b.com.", "a.com 1 NS ns.a.com.", "a.com 1 MX 10 mx.a.com.", "_s._tcp.a.com 1 SRV 1 2 3 t.com."],
    ],
    [
      "strings",
      [
        { type: "TXT", name: "a.com", ttl: 1, data: ["x y", '"'] },
        { type: "CAA", name: "a.com", ttl: 1, data: { flags: 0, tag: "issue", value: "ca.test" } },
      ],
      ['a.com 1 TXT "x y" "\\""', 'a.com 1 CAA 0 issue "ca.test"'],
    ],
  ])("is read: %s", (_, answers, lines) => {
    const bytes = encodeByAnother({
      type: "response",
      id: 1,
      questions: [{ type: "A", name: "a.com" }],
      answers: answers ?? [],
    });
    const message = decodeMessage(new Uint8Array(bytes));
    if (!message.ok) throw new Error(message.error);
    const read = message.value.answer.map(
      ({ name: owner, ttl, type, rdata }) => `${owner} ${ttl} ${typeName(type)} ${printRdata(type, rdata)}`,
    );
    expect(read).toEqual(lines);
  });
});
