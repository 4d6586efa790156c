import type { Cidr } from "../../base/ip.ts";
import { convict, isFresh, type Offender } from "./escalation.ts";
import type { Evidence } from "./evidence.ts";
import type { Spared, Sparing } from "./spared.ts";

/** Good clients by the sample. */
export interface Reach {
  /** Those in the network in question, and those that the bans in force touch already. */
  readonly touches: number;
  readonly touched: number;
  /** How many all bans may touch together. */
  readonly mayTouch: number;
}

export interface Case {
  readonly cidr: Cidr;
  readonly evidence: Evidence;
  readonly offender: Offender;
  readonly spared: Pick<Spared, "by">;
  readonly reach: Reach;
  readonly now: number;
}

export type Verdict =
  | { readonly kind: "ban"; readonly offence: number; readonly seconds: number; readonly offender: Offender }
  /** It would touch too many: a person is to say. */
  | { readonly kind: "propose"; readonly offence: number; readonly seconds: number; readonly wouldTouch: number }
  | { readonly kind: "spare"; readonly by: Sparing }
  /** It has been decided already: this is the evidence of a ban that is over, or was forgiven. */
  | { readonly kind: "known" };

/** What becomes of an address or prefix that has done something, and is not banned. */
export function judge({ cidr, evidence, offender, spared, reach, now }: Case): Verdict {
  const by = spared.by(cidr);
  if (by !== null) return { kind: "spare", by };
  if (!isFresh(offender, evidence, now)) return { kind: "known" };
  const convicted = convict(offender, now);
  const { seconds } = convicted;
  const offence = convicted.offender.offences;
  const wouldTouch = reach.touched + reach.touches;
  // Who touches nobody good is not held up by what others touch.
  if (reach.touches > 0 && wouldTouch > reach.mayTouch) return { kind: "propose", offence, seconds, wouldTouch };
  return { kind: "ban", offence, seconds, offender: convicted.offender };
}
