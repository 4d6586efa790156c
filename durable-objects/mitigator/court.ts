import type { Cidr } from "../../src/base/ip.ts";
import type { Ban } from "../../src/shield/ban/ban.ts";
import { convict } from "../../src/shield/ban/escalation.ts";
import type { Evidence } from "../../src/shield/ban/evidence.ts";
import { judge, type Verdict } from "../../src/shield/ban/judge.ts";
import type { Proposal } from "../../src/shield/ban/proposal.ts";
import type { Spared } from "../../src/shield/ban/spared.ts";
import { objectionOf, reasonOf } from "../../src/shield/ban/words.ts";
import { type Bans, idAt } from "./bans.ts";
import type { Clients } from "./clients.ts";
import type { Proposals } from "./proposals.ts";

export interface Charge {
  readonly cidr: Cidr;
  readonly evidence: Evidence;
}

/** What has come of charges. */
export interface Sentence {
  readonly bans: readonly Ban[];
  readonly proposals: readonly Proposal[];
}

/** Brings what speaks against addresses and prefixes before the rules, and writes down what these say. */
export class Court {
  readonly #bans: Bans;
  readonly #proposals: Proposals;
  readonly #clients: Clients;

  constructor(bans: Bans, proposals: Proposals, clients: Clients) {
    this.#bans = bans;
    this.#proposals = proposals;
    this.#clients = clients;
  }

  /** `isCovered` tells of networks that a person's entry of the blacklist holds already. */
  try(
    charges: readonly Charge[],
    spared: Pick<Spared, "by">,
    isCovered: (cidr: Cidr) => boolean,
    now: number,
  ): Sentence {
    const bans: Ban[] = [];
    const proposals: Proposal[] = [];
    for (const charge of charges) {
      if (this.#bans.isFull) break;
      const { cidr, evidence } = charge;
      if (this.#bans.isBanned(cidr) || isCovered(cidr)) continue;
      const touches = this.#clients.sample.touchedBy(cidr);
      const verdict = judge({
        cidr,
        evidence,
        offender: this.#bans.offender(cidr.text),
        isBanned: false,
        spared,
        reach: { touches, touched: this.#bans.touched, mayTouch: this.#clients.sample.mayTouch },
        now,
      });
      if (verdict.kind === "ban") {
        bans.push(this.#ban(charge, verdict, { by: "shield", touches, now }));
      } else if (verdict.kind === "propose") {
        const proposal = this.#propose(charge, verdict, touches, now);
        if (proposal !== null) proposals.push(proposal);
      }
    }
    return { bans, proposals };
  }

  /** The ban that a person wants of an open proposal. Where one of the network stands, that is it, and no offence more. */
  confirm(
    { evidence }: Proposal,
    cidr: Cidr,
    actor: string,
    now: number,
  ): { readonly ban: Ban; readonly isNew: boolean } {
    this.#bans.expire(now);
    const standing = this.#bans.standing.get(cidr.text);
    if (standing) {
      this.#settle(standing, actor, now);
      return { ban: standing, isNew: false };
    }
    const { offender, seconds } = convict(this.#bans.offender(cidr.text), now);
    const sentence = { offence: offender.offences, seconds, offender };
    const touches = this.#clients.sample.touchedBy(cidr);
    return { ban: this.#ban({ cidr, evidence }, sentence, { by: actor, touches, now }), isNew: true };
  }

  #ban(
    { cidr, evidence }: Charge,
    sentence: Parameters<Bans["decide"]>[2],
    circumstances: Parameters<Bans["decide"]>[3],
  ): Ban {
    const ban = this.#bans.decide(cidr.text, evidence, sentence, circumstances);
    this.#clients.strike(cidr);
    this.#settle(ban, circumstances.by, circumstances.now);
    return ban;
  }

  /** Nobody is asked any more about a ban that has been made. */
  #settle({ id, cidr }: Ban, by: string, now: number): void {
    const proposal = this.#proposals.open.get(cidr);
    if (!proposal) return;
    this.#proposals.put({ ...proposal, state: { kind: "confirmed", at: now, by: by.slice(0, 200), ban: id } });
  }

  #propose(
    { cidr, evidence }: Charge,
    { seconds, wouldTouch }: Extract<Verdict, { kind: "propose" }>,
    touches: number,
    now: number,
  ): Proposal | null {
    if (this.#proposals.open.has(cidr.text) || this.#proposals.isFull) return null;
    const { mayTouch } = this.#clients.sample;
    const proposal: Proposal = {
      id: idAt(now, cidr.text),
      cidr: cidr.text,
      reason: reasonOf(evidence).slice(0, 500),
      objection: objectionOf(touches, wouldTouch, mayTouch),
      evidence,
      touches,
      wouldTouch,
      mayTouch,
      seconds,
      madeAt: now,
      state: { kind: "open" },
    };
    this.#proposals.put(proposal);
    return proposal;
  }
}
