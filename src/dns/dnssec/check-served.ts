import { err, ok, type Result } from "../../base/result.ts";
import type { Message, MessageRecord } from "../decode-message.ts";
import type { Name } from "../name.ts";
import { DNSKEY, RRSIG } from "../record-type.ts";
import type { BrokenZone } from "./check-zone.ts";
import type { DnssecCrypto } from "./crypto.ts";
import { decodeRrsig } from "./rrsig.ts";
import { validateChain, type WithSignatures } from "./validate-chain.ts";
import { verifySet } from "./verify-set.ts";

/**
 * Follows the chain from the DS that is believed to what a zone's servers have answered: their keys, and the sets of the
 * names that they were asked for. `now` is in Unix milliseconds.
 */
export async function checkServed(
  apex: Name,
  anchor: readonly Uint8Array[],
  served: { readonly keys: Message; readonly answers: readonly Message[] },
  now: number,
  crypto: DnssecCrypto,
): Promise<Result<null, BrokenZone>> {
  const [dnskey = NO_KEYS(apex)] = setsOf(served.keys).filter(({ set }) => set.type === DNSKEY);
  const trusted = await validateChain(anchor, [{ zone: apex, dnskey, ds: null }], now / 1000, crypto);
  if (!trusted.ok) return trusted;
  for (const message of served.answers) {
    const asked = message.questions[0]?.name;
    // What a CNAME leads to may be another zone's.
    for (const { set, rrsigs } of setsOf(message).filter(({ set }) => set.name === asked)) {
      const verified = await verifySet(set, rrsigs, trusted.value, now / 1000, crypto);
      if (!verified.ok) return err({ kind: "set-unverified", name: set.name, reason: verified.error });
    }
  }
  return ok(null);
}

const NO_KEYS = (apex: Name): WithSignatures => ({ set: { name: apex, type: DNSKEY, ttl: 0, values: [] }, rrsigs: [] });

/** The sets of an answer, each with the signatures that cover it. */
function setsOf({ answer }: Message): readonly WithSignatures[] {
  const [signatures, records] = [
    answer.filter(({ type }) => type === RRSIG),
    answer.filter(({ type }) => type !== RRSIG),
  ];
  const sets = new Map<string, MessageRecord[]>();
  for (const record of records) {
    const key = `${record.type} ${record.name}`;
    sets.set(key, [...(sets.get(key) ?? []), record]);
  }
  return [...sets.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const { name, type, ttl } = first;
    const rrsigs = signatures.filter((each) => each.name === name && decodeRrsig(each.rdata)?.typeCovered === type);
    return [
      { set: { name, type, ttl, values: own.map(({ rdata }) => rdata) }, rrsigs: rrsigs.map(({ rdata }) => rdata) },
    ];
  });
}
