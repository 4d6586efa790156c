import { describe, expect, it } from "vitest";
import { answer } from "../../../src/dns/answer.ts";
import { decodeMessage } from "../../../src/dns/decode-message.ts";
import { encodeResponse, udpLimit } from "../../../src/dns/encode-response.ts";
import { ALIAS, CNAME, TXT } from "../../../src/dns/record-type.ts";
import type { Resolve } from "../../../src/dns/resolve.ts";
import { optOf, query, zonesOf } from "./zones.ts";

const zones = zonesOf({
  example: `
$TTL 300
@ SOA ns1 hostmaster 7 7200 900 1209600 60
@ NS ns1
ns1 A 192.0.2.53
@ ALIAS api
api A 192.0.2.1
api A 192.0.2.2
api TXT "here"
www CNAME api
far CNAME www
loop CNAME a.other.
long TXT ( ${Array.from({ length: 8 }, (_, i) => `"${String(i).repeat(200)}"`).join(" ")} )
`,
  other: `
$TTL 300
@ SOA ns1.example. hostmaster 7 7200 900 1209600 60
@ NS ns1.example.
a CNAME loop.example.
b ALIAS c
c CNAME outside.test.
`,
});

/** The second address for the /20 of the client, the first TXT for everybody, www by /12. */
const steered: Resolve = ({ owner, type, values, ttl }) => {
  if (owner === "api.example" && type !== TXT) return { values: values.slice(1), ttl: 20, scopePrefix: 20 };
  return { values, ttl, scopePrefix: type === CNAME || type === ALIAS ? 12 : 0 };
};

const ecs = (prefix: number, ...address: number[]) => optOf({ options: [[8, [0, 1, prefix, 0, ...address]]] });
const ask = (asked: string, type: string, opt: readonly number[] = ecs(24, 203, 0, 113)) =>
  answer(zones, query(asked, type, { opt }), steered);

describe("what an answer depends on", () => {
  it.each([
    ["the client's /20", "api.example", "A", 20],
    ["nothing", "api.example", "TXT", 0],
    ["nothing, as there is no such type", "api.example", "MX", 0],
    ["nothing, as there is no such name", "nowhere.example", "A", 0],
    ["nothing, outside the zones", "www.test", "A", 0],
    ["the narrowest on the way along CNAMEs", "far.example", "A", 20],
    ["the narrowest on the way along an alias", "example", "A", 20],
    ["a CNAME's choice, where its end has no such type", "www.example", "MX", 12],
  ])("is %s: %s %s", (_, asked, type, scopePrefix) => {
    const response = ask(asked, type);
    expect(response.edns?.subnet).toEqual({
      family: 1,
      sourcePrefix: 24,
      scopePrefix,
      address: Uint8Array.of(203, 0, 113),
    });
    const message = decodeMessage(encodeResponse(response, { maxBytes: 1232 }));
    // The last record's option: code, length, family, source, scope, address.
    expect(message.ok && [...(message.value.additional.at(-1)?.rdata ?? [])]).toEqual([
      0,
      8,
      0,
      7,
      0,
      1,
      24,
      scopePrefix,
      203,
      0,
      113,
    ]);
  });

  it("is nothing, as the client said that no address be used", () => {
    expect(ask("api.example", "A", ecs(0)).edns?.subnet).toMatchObject({ sourcePrefix: 0, scopePrefix: 0 });
  });

  it("is not said to a client that did not ask", () => {
    expect(ask("api.example", "A", optOf()).edns?.subnet).toBeNull();
    expect(answer(zones, query("api.example", "A"), steered).edns).toBeNull();
  });
});

describe("steering", () => {
  it("chooses values, their order and the TTL, also at the end of an alias", () => {
    const values = [Uint8Array.of(192, 0, 2, 2)];
    expect(ask("api.example", "A").answer).toEqual([
      { name: "api.example", type: 1, ttl: 20, values, zone: "example" },
    ]);
    expect(ask("example", "A").answer).toEqual([{ name: "example", type: 1, ttl: 20, values, zone: "example" }]);
  });

  it("that chooses nothing makes NODATA, which depends on the client as well", () => {
    const nothing: Resolve = () => ({ values: [], ttl: 60, scopePrefix: 16 });
    const response = answer(zones, query("api.example", "A", { opt: ecs(24, 203, 0, 113) }), nothing);
    expect(response).toMatchObject({
      rcode: 0,
      authoritative: true,
      answer: [],
      authority: [{ type: 6 }],
      denial: { name: "api.example", types: [TXT], exists: true },
      edns: { subnet: { scopePrefix: 16 } },
    });
  });

  it.each([
    ["CNAMEs that lead on for ever", "loop.example"],
    ["an alias of a name outside the zones", "b.other"],
  ])("%s end in SERVFAIL", (_, asked) => {
    expect(ask(asked, "A")).toMatchObject({ rcode: 2, authoritative: false, answer: [], authority: [] });
  });
});

describe("a response", () => {
  it("comes with the capitals of its question, also in the owner of its records", () => {
    const bytes = encodeResponse(answer(zones, query("aPi.eXample", "A"), steered), { maxBytes: 512 });
    const text = String.fromCharCode(...bytes.subarray(12));
    expect(text.startsWith("\x03aPi\x07eXample\0")).toBe(true);
    // The owner is a pointer to the question.
    expect([...bytes.subarray(12 + 13 + 4, 12 + 13 + 6)]).toEqual([0xc0, 12]);
  });

  it("copies RD, CD and DO, and offers no recursion", () => {
    const asked = query("api.example", "A", { flags: 0x0130, opt: optOf({ flags: 0x8000 }) });
    const message = decodeMessage(encodeResponse(answer(zones, asked, steered), { maxBytes: 512 }));
    expect(message.ok && message.value.flags).toBe(0x8510);
    expect(message.ok && message.value.additional.map(({ class: payload, ttl }) => [payload, ttl])).toEqual([
      [1232, 0x8000],
    ]);
  });

  it("carries the cookie that it is given, for a client with EDNS", () => {
    const cookie = Uint8Array.from({ length: 24 }, (_, i) => i);
    const response = answer(zones, query("api.example", "A", { opt: optOf() }), steered, cookie);
    expect(response.edns?.cookie).toEqual(cookie);
    expect(encodeResponse(response, { maxBytes: 512 }).subarray(-28)).toEqual(Uint8Array.of(0, 10, 0, 24, ...cookie));
  });

  it.each([
    ["without EDNS", undefined, 512],
    ["that takes 100 bytes", optOf({ payloadBytes: 100 }), 512],
    ["that takes 1000 bytes", optOf({ payloadBytes: 1000 }), 1000],
    ["that takes 4096 bytes", optOf({ payloadBytes: 4096 }), 1232],
  ])("to a client %s over UDP is cut down to its question", (_, opt, limit) => {
    const asked = query("long.example", "TXT", opt === undefined ? {} : { opt });
    expect(udpLimit(asked.edns)).toBe(limit);
    const response = answer(zones, asked, steered);
    const message = decodeMessage(encodeResponse(response, { maxBytes: limit }));
    expect(message).toMatchObject({
      ok: true,
      value: { flags: 0x8600, questions: [{ name: "long.example" }], answer: [], authority: [] },
    });
    expect(message.ok && message.value.additional).toHaveLength(opt === undefined ? 0 : 1);
    const whole = encodeResponse(response, { maxBytes: 65_535 });
    expect(encodeResponse(response, { maxBytes: whole.length })).toEqual(whole);
    expect(encodeResponse(response, { maxBytes: whole.length - 1 }).length).toBeLessThan(60);
  });
});
