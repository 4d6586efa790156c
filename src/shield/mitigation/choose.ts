import type { DefenceLevel, SignatureMatch } from "../../table/defence.ts";
import { MAX_SIGNATURES } from "../../table/defence.ts";
import type { ChosenSignature } from "./attack-record.ts";
import { MAX_COLLATERAL } from "./collateral.ts";
import type { Sight } from "./heavy-clients.ts";
import { matches } from "./match.ts";
import { COVERS_MOST, type Found, HEADROOM, MIN_SIGNATURE_RATE, searchSignatures, totalOf } from "./search.ts";
import type { AttackView } from "./view.ts";

/** Signatures that cover less together do not tell the attack from usual requests. */
export const MIN_COVERED = 0.5;

export interface Chosen {
  readonly signatures: readonly ChosenSignature[];
  /** The sharpest level that may be used on them. */
  readonly most: DefenceLevel;
}

type Rates = Omit<Sight, "culprits">;

/**
 * What an attack is to be told by. Signatures that match at most 1 % of usual requests, at 95 %, may be blocked; where the
 * sample of these is too small to say so, they may be challenged. Where none tell it, there are none, and nothing is to
 * be done: it may be a crowd that is welcome.
 */
export function chooseSignatures(view: Sight): Chosen {
  const found = searchSignatures(view);
  if (found.covers < MIN_COVERED) return { signatures: [], most: "observe" };
  return { signatures: found.signatures, most: mostFor(found) };
}

const mostFor = ({ collateralAtMost }: Found): DefenceLevel =>
  collateralAtMost <= MAX_COLLATERAL ? "block" : "challenge";

/**
 * All of a service, which may only be challenged: a limit that all clients share would turn good ones away with the
 * others.
 */
export function whole({ expected }: Pick<Rates, "expected">): ChosenSignature {
  const perSecond = Math.max(MIN_SIGNATURE_RATE, HEADROOM * expected);
  const figures = { perSecond, covers: 1, collateral: 1, collateralAtMost: 1 };
  return { match: {}, ...figures, level: "challenge", origin: "whole" };
}

/**
 * Those of bans that wait for a person come first, as long as there is room for one that was chosen. They are challenged,
 * whatever is done about the others: a person has not agreed to a block.
 */
export function withProposals({ signatures, most }: Chosen, proposed: readonly ChosenSignature[]): Chosen {
  if (proposed.length === 0) return { signatures, most };
  return {
    signatures: [...proposed.slice(0, MAX_SIGNATURES - 1), ...signatures].slice(0, MAX_SIGNATURES),
    most: signatures.length === 0 ? "challenge" : most,
  };
}

/** Of what is too much now, what signatures match, and of usual requests; 0 to 1. */
export function measure(
  signatures: readonly { readonly match: SignatureMatch }[],
  view: Rates,
): { readonly covers: number; readonly collateral: number } {
  const meant = (samples: AttackView["recent"]) =>
    totalOf(samples.filter(({ traits }) => signatures.some(({ match }) => matches(match, traits))));
  const usual = meant(view.usual);
  const excess = view.actual - view.expected;
  const usualRate = totalOf(view.usual);
  return {
    covers: excess > 0 ? Math.max(0, Math.min(1, (meant(view.recent) - usual) / excess)) : 0,
    collateral: usualRate > 0 ? usual / usualRate : 0,
  };
}

/** Whether clients of which this says so sent most of what is too much now and signatures match; `null` without any such. */
export function isSentBy(
  isOne: (client: string) => boolean,
  signatures: readonly ChosenSignature[],
  view: Rates,
): boolean | null {
  const meant = (samples: AttackView["recent"]) =>
    samples.filter(({ traits }) => signatures.some(({ match }) => matches(match, traits)));
  const recent = meant(view.recent);
  const excess = totalOf(recent) - totalOf(meant(view.usual));
  if (excess <= 0) return null;
  const clients = new Set(recent.map(({ traits }) => traits.client).filter(isOne));
  return totalOf(recent.filter(({ traits }) => clients.has(traits.client))) >= COVERS_MOST * excess;
}

/** Requests a second of what is too much now that signatures which were searched for match. */
export function coveredBy(signatures: readonly ChosenSignature[], view: Rates): number {
  const searched = signatures.filter(({ origin }) => origin === "search");
  return searched.length === 0 ? 0 : measure(searched, view).covers * Math.max(0, view.actual - view.expected);
}

/** Whether all that is known of a client's requests is what was found to tell the attack. */
export function alikeIn(view: Rates, signatures: readonly ChosenSignature[]): (client: string) => boolean {
  const telling = signatures.filter(({ origin }) => origin === "search");
  const isTold = (traits: AttackView["recent"][number]["traits"]) =>
    telling.some(({ match }) => matches(match, traits));
  const byClient = new Map<string, boolean>();
  for (const { traits } of telling.length > 0 ? view.recent : [])
    byClient.set(traits.client, isTold(traits) && (byClient.get(traits.client) ?? true));
  return (client) => byClient.get(client) ?? false;
}

/**
 * Requests a second beyond what is usual that a defence lets pass. Where the detector cannot tell, it is estimated:
 * what no signature matches passes, as does what a limit allows; of a challenge nobody knows, so that all counts.
 */
export function excessThrough(level: DefenceLevel, signatures: readonly ChosenSignature[], view: AttackView): number {
  const { actual, expected, passed } = view;
  if (level === "observe") return Math.max(0, actual - expected);
  if (passed !== null) return Math.max(0, passed - expected);
  const allowed = signatures.map(({ perSecond, level: own = level }) =>
    own === "limit" ? perSecond : own === "challenge" ? Number.POSITIVE_INFINITY : 0,
  );
  const byFirst = signatures.map(() => 0);
  let through = 0;
  for (const { traits, weight } of view.recent) {
    const first = signatures.findIndex(({ match }) => matches(match, traits));
    if (first < 0) through += weight;
    else byFirst[first] = (byFirst[first] ?? 0) + weight;
  }
  through += byFirst.reduce((sum, weight, i) => sum + Math.min(weight, allowed[i] ?? 0), 0);
  return Math.max(0, through - expected);
}
