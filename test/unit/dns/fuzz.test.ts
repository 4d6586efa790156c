import { expect, it } from "vitest";
import { Random } from "../../../src/base/random.ts";
import type { Result } from "../../../src/base/result.ts";
import { answer } from "../../../src/dns/answer.ts";
import { readMessage } from "../../../src/dns/decode-message.ts";
import { readQuery } from "../../../src/dns/decode-query.ts";
import { encodeResponse, refusal, udpLimit } from "../../../src/dns/encode-response.ts";
import type { Query, Unanswerable } from "../../../src/dns/query.ts";
import type { Resolve } from "../../../src/dns/resolve.ts";
import type { Response } from "../../../src/dns/response.ts";
import { WireReader } from "../../../src/dns/wire/reader.ts";
import { mutate } from "./mutations.ts";
import { optOf, packet, query, zonesOf } from "./zones.ts";

const PACKETS = 1_000_000;
/** A name of 127 labels, each behind a pointer, and its end. */
const MAX_NAME_STEPS = 2 * 127 + 1;
/** A question of the root's name, type and class: no name in a message takes fewer bytes, but for the two of a SOA. */
const MIN_NAME_BYTES = 5;
const MIN_RECORD_BYTES = 11;

const zones = zonesOf({
  example: `
@ 300 SOA ns1 hostmaster 7 7200 900 1209600 60
@ NS ns1
@ ALIAS api
ns1 A 192.0.2.53
api A 192.0.2.1
api AAAA 2001:db8::1
* TXT "a string" "another"
www CNAME api
_sip._tcp SRV 1 2 5060 api
@ MX 10 api
@ CAA 0 issue "ca.test"
svc HTTPS 1 . alpn="h3,h2" port=8443 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1
sub NS ns.sub
sub DS 12345 13 2 abababababababababababababababababababababababababababababababab
ns.sub A 192.0.2.60
key DNSKEY 257 3 13 q80=
sig RRSIG A 13 3 3600 20261224000000 20261124000000 55648 example. q80=
nsec NSEC api A MX RRSIG NSEC TYPE1234
odd TYPE65280 \\# 3 010203
`,
});
const resolve: Resolve = ({ values, ttl }) => ({ values, ttl, scopePrefix: 24 });

const asked = [
  "example SOA",
  "example A",
  "example MX",
  "example CAA",
  "api.example A",
  "API.example AAAA",
  "www.example A",
  "x.y.example TXT",
  "_sip._tcp.example SRV",
  "svc.example HTTPS",
  "a.sub.example A",
  "sub.example DS",
  "key.example DNSKEY",
  "sig.example RRSIG",
  "nsec.example NSEC",
  "odd.example TYPE65280",
  "api.example ANY",
  "none.api.example A",
  "test A",
  ". NS",
].map((line) => line.split(" ") as [string, string]);
const options: [number, number[]][] = [
  [8, [0, 1, 24, 0, 203, 0, 113]],
  [10, [1, 2, 3, 4, 5, 6, 7, 8]],
];
const opts = [
  undefined,
  optOf({ flags: 0x8000 }),
  optOf({ options }),
  optOf({ options: [[8, [0, 2, 56, 0, 32, 1, 13, 184, 0, 0, 0]]] }),
];

/** Queries of all kinds, and the responses to them. */
const corpus = asked.flatMap(([name, type]) =>
  opts.flatMap((opt) => {
    const given = opt === undefined ? {} : { opt };
    const response = answer(zones, query(name, type, given), resolve);
    return [packet(name, type, given), encodeResponse(response, { maxBytes: 65_535 })];
  }),
);

function respond(asking: Result<Query, Unanswerable>): Response | null {
  if (asking.ok) return answer(zones, asking.value, resolve);
  const { error } = asking;
  return error.kind === "refused" ? refusal(error.head, error.rcode, error) : null;
}

/** Asks it, reads it, and says what does not hold. */
function judge(bytes: Uint8Array, seen: { answered: number; refused: number; read: number }): string | null {
  const queryReader = new WireReader(bytes);
  const asking = readQuery(queryReader);
  if (queryReader.steps > bytes.length) return `${queryReader.steps} steps for a query`;
  if (asking.ok) seen.answered += 1;
  else if (asking.error.kind === "refused") seen.refused += 1;
  const response = respond(asking);
  if (response !== null) {
    const limit = udpLimit(asking.ok ? asking.value.edns : null);
    const out = encodeResponse(response, { maxBytes: limit });
    if (out.length > limit) return `${out.length} bytes out of ${limit}`;
    if (out[0] !== bytes[0] || out[1] !== bytes[1] || ((out[2] ?? 0) & 0x80) === 0) return "no response to this query";
  }
  const messageReader = new WireReader(bytes);
  const message = readMessage(messageReader);
  if (messageReader.steps > MAX_NAME_STEPS * Math.ceil(bytes.length / MIN_NAME_BYTES))
    return `${messageReader.steps} steps`;
  if (!message.ok) return null;
  seen.read += 1;
  const { answer: answers, authority, additional } = message.value;
  const records = answers.length + authority.length + additional.length;
  return records * MIN_RECORD_BYTES > bytes.length ? `${records} records in ${bytes.length} bytes` : null;
}

it(`reads ${PACKETS} mutated packets: none throws, costs more than its bytes allow, or is answered past its limit`, () => {
  const random = new Random([20, 26, 11]);
  const seen = { answered: 0, refused: 0, read: 0 };
  for (let i = 0; i < PACKETS; i++) {
    const bytes = mutate(corpus, random);
    const fault = judge(bytes, seen);
    if (fault !== null) expect.fail(`packet ${i}, ${Buffer.from(bytes).toString("hex")}: ${fault}`);
  }
  // The mutations are neither so weak that all is read, nor so strong that nothing is.
  for (const count of Object.values(seen)) {
    expect(count).toBeGreaterThan(PACKETS / 50);
    expect(count).toBeLessThan(PACKETS / 2);
  }
});

it("reads 64 KB of names that all lead through 127 labels, at a cost that grows with the bytes", () => {
  const labels = Array.from({ length: 126 }, () => [1, 0x61]).flat();
  const record = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, 12];
  const count = Math.floor((65_535 - 12 - 257) / record.length);
  const header = [0, 0, 0x80, 0, 0, 1, count >>> 8, count & 0xff, 0, 0, 0, 0];
  const bytes = Uint8Array.from([...header, ...labels, 0, 0, 1, 0, 1, ...Array(count).fill(record).flat()]);
  const reader = new WireReader(bytes);
  const message = readMessage(reader);
  expect(message.ok && message.value.answer).toHaveLength(count);
  expect(reader.steps).toBeLessThan(20 * bytes.length);
});

it("gives up a chain of more pointers than a name can need", () => {
  // Each pointer leads to the one before it, the first to the root.
  const chain = Array.from({ length: 200 }, (_, i) => [0xc0 | ((10 + 2 * i) >>> 8), (10 + 2 * i) & 0xff]);
  const bytes = Uint8Array.from([...Array(12).fill(0), ...chain.flat()]);
  const reader = new WireReader(bytes, bytes.length - 2);
  reader.name();
  expect(reader.fault).toBe("a name has too many pointers");
  expect(reader.steps).toBeLessThanOrEqual(128);
});
