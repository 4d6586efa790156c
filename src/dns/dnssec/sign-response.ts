import type { Name } from "../name.ts";
import { NOERROR, NXDOMAIN } from "../rcode.ts";
import { NSEC, RRSIG } from "../record-type.ts";
import type { Response, Rrset } from "../response.ts";
import type { DnssecCrypto } from "./crypto.ts";
import { denialSet } from "./denial.ts";
import { KEY_TYPES, keySet, keyTypesNow } from "./key-sets.ts";
import { type SignedZone, signSet } from "./sign-set.ts";
import type { SignatureCache } from "./signature-cache.ts";

/** What signing a response needs. */
export interface Signer {
  /** The zone of an apex, with its keys; `null` where it is not signed. */
  readonly zone: (apex: Name) => SignedZone | null;
  readonly cache: SignatureCache;
  readonly crypto: Pick<DnssecCrypto, "sha256">;
}

/**
 * A response with what DNSSEC adds to it (RFC 4035, section 3.1; RFC 9824). Keys are for whoever asks for them,
 * signatures and denials for those who want them. AD stays zero: it is for resolvers that have checked. `now` is in Unix
 * milliseconds.
 */
export async function signResponse(response: Response, signer: Signer, now: number): Promise<Response> {
  const whole = await answerKeys(response, signer, now);
  if (whole.edns?.dnssecOk !== true) return whole;
  const denied = deny(whole, signer, now);
  const sign = (sets: readonly Rrset[]) => signAll(sets, signer, now);
  const [answer, authority, additional] = await Promise.all([
    sign(denied.answer),
    sign(denied.authority),
    sign(denied.additional),
  ]);
  return { ...denied, answer, authority, additional };
}

/** The zone's records do not have its keys; here a question for them finds them. */
async function answerKeys(response: Response, signer: Signer, now: number): Promise<Response> {
  const { denial, question } = response;
  if (denial === null || question === null || !KEY_TYPES.has(question.type) || denial.name !== denial.zone)
    return response;
  const zone = signer.zone(denial.zone);
  if (zone === null) return response;
  const keys = await keySet(zone.apex, question.type, zone.keys, now, signer.crypto);
  // While the parent shall have nothing, there is neither CDS nor CDNSKEY.
  if (keys.values.length === 0) return response;
  return { ...response, answer: [...response.answer, keys], authority: [], denial: null };
}

/** What is not there is proved, and what is to be seen of that in the response code (RFC 9824, sections 2 and 5.1). */
function deny(response: Response, signer: Signer, now: number): Response {
  const { denial, question, edns, rcode } = response;
  const zone = denial === null ? null : signer.zone(denial.zone);
  if (denial === null || zone === null || question === null) return response;
  const added = denial.name === zone.apex ? keyTypesNow(zone.keys, now) : [];
  const nsec = denialSet({ ...denial, types: [...denial.types, ...added] }, question.type);
  // An NSEC that lists itself and its signature cannot say that there is neither; it is what was asked for.
  if (question.type === NSEC || question.type === RRSIG)
    return { ...response, rcode: NOERROR, answer: [...response.answer, nsec], authority: [], denial: null };
  const seen = rcode === NXDOMAIN && edns?.compactOk !== true ? NOERROR : rcode;
  return { ...response, rcode: seen, authority: [...response.authority, nsec] };
}

/** Each set with its signatures after it. */
async function signAll(sets: readonly Rrset[], { zone, cache }: Signer, now: number): Promise<readonly Rrset[]> {
  const signed = await Promise.all(
    sets.map(async (set) => {
      const signing = set.zone === null || set.type === RRSIG ? null : zone(set.zone);
      return signing === null ? [set] : [set, await signSet(set, signing, now, cache)];
    }),
  );
  return signed.flat();
}
