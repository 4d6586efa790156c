import { type Cidr, holds, parseCidr } from "../../base/ip.ts";
import type { Facts } from "../../request/facts.ts";
import { type Defence, type DefenceLevel, rests, type Signature } from "../../table/defence.ts";
import { agentFamilyOf, countryOf, methodOf, pathClassOf } from "../traits.ts";

/** A signature made ready for requests. */
export interface CompiledSignature {
  /** Position in the defence. */
  readonly index: number;
  readonly signature: Signature;
  readonly prefix: Cidr | null;
}

/** Signatures in the order in which they are looked at, and what they ask of a request that costs more than a look. */
export interface CompiledSignatures {
  readonly list: readonly CompiledSignature[];
  readonly asksPathClass: boolean;
  readonly asksAgentFamily: boolean;
}

/** A defence is immutable, so its signatures are compiled once. */
const compiled = new WeakMap<Defence, CompiledSignatures>();

export function signaturesOf(defence: Defence): CompiledSignatures {
  const known = compiled.get(defence);
  if (known) return known;
  const made = compileSignatures(defence.signatures);
  compiled.set(defence, made);
  return made;
}

export function compileSignatures(signatures: readonly Signature[]): CompiledSignatures {
  const list: CompiledSignature[] = [];
  signatures.forEach((signature, index) => {
    const { prefix } = signature.match;
    if (prefix === undefined) {
      list.push({ index, signature, prefix: null });
      return;
    }
    const cidr = parseCidr(prefix);
    // The table's schema lets none through that is no network. Without its prefix it would hold far more requests.
    if (cidr.ok) list.push({ index, signature, prefix: cidr.value });
  });
  return {
    list,
    asksPathClass: signatures.some(({ match }) => match.pathClass !== undefined),
    asksAgentFamily: signatures.some(({ match }) => match.agentFamily !== undefined),
  };
}

/** The first signature that the request has and that does not rest, or `null`. Of a recorded request only the family of its agent is known. */
export function findSignature(
  signatures: CompiledSignatures,
  facts: Facts,
  most: DefenceLevel,
  recordedFamily?: string,
): CompiledSignature | null {
  const pathClass = signatures.asksPathClass ? pathClassOf(facts.path) : "";
  const agentFamily = signatures.asksAgentFamily ? (recordedFamily ?? agentFamilyOf(facts.fields["user-agent"])) : "";
  for (const candidate of signatures.list) {
    const { match } = candidate.signature;
    if (
      !rests(candidate.signature, most) &&
      (candidate.prefix === null || holds(candidate.prefix, facts.client)) &&
      (match.asn === undefined || match.asn === (facts.place.asn ?? 0)) &&
      (match.country === undefined || match.country === countryOf(facts)) &&
      (match.method === undefined || match.method === methodOf(facts)) &&
      (match.pathClass === undefined || match.pathClass === pathClass) &&
      (match.agentFamily === undefined || match.agentFamily === agentFamily)
    )
      return candidate;
  }
  return null;
}
