import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { webDnssecCrypto } from "../../../../src/adapters/web-crypto/dnssec.ts";
import { canonicalOctets } from "../../../../src/dns/dnssec/canonical-name.ts";
import { type Signer, signResponse } from "../../../../src/dns/dnssec/sign-response.ts";
import { SignatureCache } from "../../../../src/dns/dnssec/signature-cache.ts";
import { verifySet } from "../../../../src/dns/dnssec/verify-set.ts";
import { dnskeyOf } from "../../../../src/dns/dnssec/zone-key.ts";
import type { Name } from "../../../../src/dns/name.ts";
import { NOERROR, NXDOMAIN } from "../../../../src/dns/rcode.ts";
import { types } from "../../../../src/dns/rdata/type-bitmap.ts";
import {
  A,
  AAAA,
  CDNSKEY,
  CDS,
  CNAME,
  DNSKEY,
  NS,
  NSEC,
  NXNAME,
  type RecordType,
  RRSIG,
  SOA,
  TXT,
  typeName,
} from "../../../../src/dns/record-type.ts";
import type { Denial, Response, Rrset } from "../../../../src/dns/response.ts";
import { WireReader } from "../../../../src/dns/wire/reader.ts";
import { name, signingKey } from "./zone.ts";

const NOW = Date.UTC(2026, 10, 25);
const HOUR = 3_600_000;
const apex = name("novacron.io");
const [ksk, zsk] = await Promise.all([signingKey("ksk", NOW - HOUR), signingKey("zsk", NOW - HOUR)]);
const dnskeys = [ksk, zsk].map(dnskeyOf);

function signer(keys = [ksk, zsk]): Signer & { readonly made: number } {
  let made = 0;
  const counted = keys.map((key) => ({
    ...key,
    sign: (octets: Uint8Array) => {
      made += 1;
      return key.sign(octets);
    },
  }));
  return {
    zone: (asked) => (asked === apex ? { apex, keys: counted } : null),
    cache: new SignatureCache(),
    crypto: webDnssecCrypto,
    get made() {
      return made;
    },
  };
}

const address = (last: number) => Uint8Array.of(192, 0, 2, last);
const set = (of: string, type: RecordType, values: readonly Uint8Array[], zone: Name | null = apex): Rrset => ({
  name: name(of),
  type,
  ttl: 300,
  values,
  zone,
});
const soa = set("novacron.io", SOA, [Uint8Array.of(0, 0, ...new Uint8Array(20))]);

interface Asked {
  readonly type?: RecordType;
  readonly dnssecOk?: boolean;
  readonly compactOk?: boolean;
}

function response(
  of: string,
  { type = A, dnssecOk = true, compactOk = false }: Asked,
  rest: Partial<Response>,
): Response {
  const asked = name(of);
  return {
    head: { id: 1, opcode: 0, recursionDesired: false, checkingDisabled: false },
    question: { name: asked, asked: canonicalOctets(asked), type, class: 1 },
    rcode: NOERROR,
    authoritative: true,
    answer: [],
    authority: [],
    additional: [],
    denial: null,
    edns: { dnssecOk, compactOk, subnet: null, cookie: null },
    ...rest,
  };
}

const denied = (of: string, types: readonly RecordType[], exists: boolean): { authority: Rrset[]; denial: Denial } => ({
  authority: [soa],
  denial: { zone: apex, name: name(of), types, exists, ttl: 60 },
});

/** Each set of a section, with whether one of the keys has signed it. */
async function checked(section: readonly Rrset[], now = NOW): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [i, each] of section.entries()) {
    if (each.type === RRSIG) continue;
    const rrsigs = section[i + 1]?.type === RRSIG ? (section[i + 1]?.values ?? []) : [];
    const verified = await verifySet(each, rrsigs, { zone: apex, dnskeys }, now / 1000, webDnssecCrypto);
    lines.push(
      `${each.name} ${typeName(each.type)}${verified.ok ? ` signed by ${by(verified.value.rrsig.keyTag)}` : ""}`,
    );
  }
  return lines;
}

const by = (tag: number) => (tag === ksk.tag ? "ksk" : "zsk");

/** The types that the NSEC of a name lists. */
function nsecOf(section: readonly Rrset[], of: string): readonly string[] {
  const nsec = section.find((each) => each.type === NSEC && each.name === name(of))?.values[0];
  if (nsec === undefined) return [];
  const next = canonicalOctets(name(`\\000.${of}`));
  expect(nsec.subarray(0, next.length)).toEqual(next);
  return types.print(new WireReader(nsec.subarray(next.length))).split(" ");
}

describe("an answer", () => {
  const www = set("www.novacron.io", A, [address(2), address(1)]);

  it("is signed in all that the zone answers for", async () => {
    const chain = set("alias.novacron.io", CNAME, [canonicalOctets(www.name)]);
    const signed = await signResponse(
      response(
        "alias.novacron.io",
        {},
        { answer: [chain, www], additional: [set("ns.novacron.io", AAAA, [address(9)])] },
      ),
      signer(),
      NOW,
    );
    expect(await checked(signed.answer)).toEqual([
      "alias.novacron.io CNAME signed by zsk",
      "www.novacron.io A signed by zsk",
    ]);
    expect(await checked(signed.additional)).toEqual(["ns.novacron.io AAAA signed by zsk"]);
  });

  it("is left as it is for who does not want signatures, and in a zone without keys", async () => {
    const plain = response("www.novacron.io", { dnssecOk: false }, { answer: [www] });
    expect(await signResponse(plain, signer(), NOW)).toEqual(plain);
    const without = response("www.novacron.io", {}, { answer: [www] });
    expect(await signResponse(without, { ...signer(), zone: () => null }, NOW)).toEqual(without);
    const old = response("www.novacron.io", {}, { answer: [www], edns: null });
    expect(await signResponse(old, signer(), NOW)).toEqual(old);
  });

  it("has one signature for all orders of its values, made once until half of its time is over", async () => {
    const by = signer();
    const ask = (values: readonly Uint8Array[], now: number) =>
      signResponse(response("www.novacron.io", {}, { answer: [{ ...www, values }] }), by, now);
    const first = await ask([address(1), address(2)], NOW);
    const again = await ask([address(2), address(1)], NOW + 35 * HOUR);
    expect(again.answer[1]).toEqual(first.answer[1]);
    expect(by.made).toBe(1);
    const renewed = await ask([address(1), address(2)], NOW + 36 * HOUR);
    expect(by.made).toBe(2);
    expect(await checked(renewed.answer, NOW + 107 * HOUR)).toEqual(["www.novacron.io A signed by zsk"]);
    await ask([address(1)], NOW + 36 * HOUR);
    expect(by.made).toBe(3);
  });

  it("is signed alike where a wildcard has made it: at the name that was asked", async () => {
    const signed = await signResponse(
      response("x.w.novacron.io", {}, { answer: [set("x.w.novacron.io", TXT, [Uint8Array.of(1, 65)])] }),
      signer(),
      NOW,
    );
    const [txt, rrsig] = signed.answer as [Rrset, Rrset];
    const verified = await verifySet(txt, rrsig.values, { zone: apex, dnskeys }, NOW / 1000, webDnssecCrypto);
    expect(verified).toMatchObject({ ok: true, value: { isExpanded: false } });
  });
});

describe("what is not there", () => {
  it.each([
    ["a name that does not exist", {}, NXDOMAIN, denied("no.novacron.io", [], false), NOERROR, [RRSIG, NSEC, NXNAME]],
    [
      "the same for who understands it",
      { compactOk: true },
      NXDOMAIN,
      denied("no.novacron.io", [], false),
      NXDOMAIN,
      [RRSIG, NSEC, NXNAME],
    ],
    [
      "a type that a name lacks",
      {},
      NOERROR,
      denied("no.novacron.io", [TXT, AAAA], true),
      NOERROR,
      [TXT, AAAA, RRSIG, NSEC],
    ],
    ["an empty non-terminal", {}, NOERROR, denied("no.novacron.io", [], true), NOERROR, [RRSIG, NSEC]],
    [
      "a set of which a policy left nothing",
      {},
      NOERROR,
      denied("no.novacron.io", [A, TXT], true),
      NOERROR,
      [TXT, RRSIG, NSEC],
    ],
  ] as const)("%s", async (_what, asked, rcode, denial, seen, listed) => {
    const signed = await signResponse(response("no.novacron.io", asked, { rcode, ...denial }), signer(), NOW);
    expect(signed.rcode).toBe(seen);
    expect(await checked(signed.authority)).toEqual([
      "novacron.io SOA signed by zsk",
      "no.novacron.io NSEC signed by zsk",
    ]);
    expect(nsecOf(signed.authority, "no.novacron.io")).toEqual(listed.map(typeName));
    expect(signed.authority.find(({ type }) => type === NSEC)?.ttl).toBe(60);
  });

  it("is plain NXDOMAIN for who does not want signatures", async () => {
    const plain = response(
      "no.novacron.io",
      { dnssecOk: false },
      { rcode: NXDOMAIN, ...denied("no.novacron.io", [], false) },
    );
    expect(await signResponse(plain, signer(), NOW)).toEqual(plain);
  });

  it("at the end of a chain is denied there", async () => {
    const chain = set("a.novacron.io", CNAME, [canonicalOctets(name("b.novacron.io"))]);
    const signed = await signResponse(
      response("a.novacron.io", {}, { rcode: NXDOMAIN, answer: [chain], ...denied("b.novacron.io", [], false) }),
      signer(),
      NOW,
    );
    expect(await checked(signed.answer)).toEqual(["a.novacron.io CNAME signed by zsk"]);
    expect(nsecOf(signed.authority, "b.novacron.io")).toEqual(["RRSIG", "NSEC", "NXNAME"]);
  });

  it("a delegation without DS is told to be one; its servers are not signed for", async () => {
    const cut = set("sub.novacron.io", NS, [canonicalOctets(name("ns.sub.novacron.io"))], null);
    const signed = await signResponse(
      response(
        "x.sub.novacron.io",
        {},
        {
          authoritative: false,
          authority: [cut],
          additional: [set("ns.sub.novacron.io", A, [address(7)], null)],
          denial: { zone: apex, name: cut.name, types: [NS], exists: true, ttl: 60 },
        },
      ),
      signer(),
      NOW,
    );
    expect(await checked(signed.authority)).toEqual(["sub.novacron.io NS", "sub.novacron.io NSEC signed by zsk"]);
    expect(await checked(signed.additional)).toEqual(["ns.sub.novacron.io A"]);
    expect(nsecOf(signed.authority, "sub.novacron.io")).toEqual(["NS", "RRSIG", "NSEC"]);
  });

  it.each([NSEC, RRSIG])("a question for what proves it is answered by it: type %i", async (type) => {
    const signed = await signResponse(
      response("no.novacron.io", { type }, { ...denied("no.novacron.io", [TXT], true) }),
      signer(),
      NOW,
    );
    expect(await checked(signed.answer)).toEqual(["no.novacron.io NSEC signed by zsk"]);
    expect(signed.authority).toEqual([]);
  });
});

describe("the keys of a zone", () => {
  const ask = (type: RecordType, keys = [ksk, zsk], dnssecOk = true) =>
    signResponse(
      response("novacron.io", { type, dnssecOk }, denied("novacron.io", [SOA, NS], true)),
      signer(keys),
      NOW,
    );

  it.each([DNSKEY, CDS, CDNSKEY])("are answered and signed by the KSK: type %i", async (type) => {
    const signed = await ask(type);
    expect(await checked(signed.answer)).toEqual([`novacron.io ${typeName(type)} signed by ksk`]);
    expect(signed.authority).toEqual([]);
    expect((await ask(type, [ksk, zsk], false)).answer).toHaveLength(1);
  });

  it("are listed at the apex, where there is nothing else of a type", async () => {
    const signed = await ask(TXT);
    expect(nsecOf(signed.authority, "novacron.io")).toEqual(["NS", "SOA", "RRSIG", "NSEC", "DNSKEY", "CDS", "CDNSKEY"]);
  });

  it("are not yet for the parent while caches may lack them: CDS is not there, and its denial does not contradict", async () => {
    const signed = await ask(CDS, [{ ...ksk, dsDueAt: NOW + 1 }, zsk]);
    expect(signed.answer).toEqual([]);
    expect(nsecOf(signed.authority, "novacron.io")).toEqual(["NS", "SOA", "RRSIG", "NSEC", "DNSKEY"]);
  });

  it("retired ones do not sign, published ones not yet", async () => {
    const next = { ...(await signingKey("zsk", NOW)), activeAt: NOW + 1 };
    const old = { ...zsk, retiredAt: NOW + 1, removedAt: NOW + HOUR };
    const by = signer([ksk, old, next]);
    const www = response("www.novacron.io", {}, { answer: [set("www.novacron.io", A, [address(1)])] });
    const tagAt = async (now: number) => {
      const rrsig = (await signResponse(www, by, now)).answer[1]?.values ?? [];
      return rrsig.map((rdata) => ((rdata[16] as number) << 8) | (rdata[17] as number));
    };
    expect(await tagAt(NOW)).toEqual([zsk.tag]);
    expect(await tagAt(NOW + 1)).toEqual([next.tag]);
  });
});

it("whatever is signed holds, and no longer once an octet has changed", async () => {
  const label = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.array(label, { minLength: 1, maxLength: 4 }),
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (labels, values, ttl, pick, flip) => {
        const whole = { ...set(`${labels.join(".")}.novacron.io`, 65_280, values), ttl };
        const signed = await signResponse(response("x.novacron.io", {}, { answer: [whole] }), signer(), NOW);
        const rrsigs = signed.answer[1]?.values ?? [];
        const verify = (of: Rrset) => verifySet(of, rrsigs, { zone: apex, dnskeys }, NOW / 1000, webDnssecCrypto);
        expect((await verify(whole)).ok).toBe(true);
        const at = pick % values.length;
        const damaged = (values[at] as Uint8Array).slice();
        damaged[pick % damaged.length] = (damaged[pick % damaged.length] as number) ^ flip;
        const others = values.filter((value) => value.toString() !== (values[at] as Uint8Array).toString());
        expect((await verify({ ...whole, values: [...others, damaged] })).ok).toBe(false);
      },
    ),
    { numRuns: 60 },
  );
});
