import { beforeEach, expect, it } from "vitest";
import { webDnssecCrypto } from "../../../src/adapters/web-crypto/dnssec.ts";
import { canonicalOctets } from "../../../src/dns/dnssec/canonical-name.ts";
import { NOERROR, SERVFAIL } from "../../../src/dns/rcode.ts";
import { A, DNSKEY, type RecordType, RRSIG } from "../../../src/dns/record-type.ts";
import type { Response } from "../../../src/dns/response.ts";
import { ResponseSigner } from "../../../workers/dns/response-signer.ts";
import { zoneKeys } from "../../../workers/zone-keys.ts";
import { FakeColoCache } from "../../fakes/colo-cache.ts";
import { FakeKeyStore } from "../../fakes/key-store.ts";
import { name } from "./dnssec/zone.ts";

const NOW = Date.UTC(2026, 10, 25);
const zone = name("novacron.io");
const keys = zoneKeys("d".repeat(32));
const background = () => undefined;

let store: FakeKeyStore;
let signer: ResponseSigner;
beforeEach(async () => {
  store = new FakeKeyStore();
  const times = { publishedAt: NOW, activeAt: NOW, dsDueAt: null, dsSeenAt: null, retiredAt: null, removedAt: null };
  await store.replace(await store.find(zone), [{ ...(await keys.make(zone, "zsk")), ...times }]);
  const coloCache = new FakeColoCache(() => NOW);
  signer = new ResponseSigner({
    store,
    coloCache,
    keys,
    crypto: webDnssecCrypto,
    now: () => NOW,
    log: () => undefined,
  });
});

const response = (type: RecordType, dnssecOk: boolean): Response => ({
  head: { id: 1, opcode: 0, recursionDesired: false, checkingDisabled: false },
  question: { name: zone, asked: canonicalOctets(zone), type, class: 1 },
  rcode: NOERROR,
  authoritative: true,
  answer: [{ name: zone, type: A, ttl: 300, values: [Uint8Array.of(192, 0, 2, 1)], zone }],
  authority: [],
  additional: [],
  denial: null,
  edns: { dnssecOk, compactOk: false, subnet: null, cookie: null },
});

it("signs for who wants it, and gives the same to others at once, whether keys can be read or not", async () => {
  const signed = await signer.sign(response(A, true), background);
  expect(signed.answer.map(({ type }) => type)).toEqual([A, RRSIG]);
  store.unreachable = true;
  const plain = response(A, false);
  expect(signer.sign(plain, background)).toBe(plain);
});

it.each([
  ["signatures", A, true],
  ["keys", DNSKEY, false],
])("fails who wants %s while the keys are not known", async (_what, type, dnssecOk) => {
  store.unreachable = true;
  expect(await signer.sign(response(type, dnssecOk), background)).toMatchObject({ rcode: SERVFAIL, answer: [] });
});
