import { type Cidr, isWithin, neighbourhoodOf, parseCidr } from "../../src/base/ip.ts";
import type { Ban } from "../../src/shield/ban/ban.ts";
import type { Cover } from "../../src/shield/ban/cover.ts";
import { convict, forgive } from "../../src/shield/ban/escalation.ts";
import type { Evidence } from "../../src/shield/ban/evidence.ts";
import { judge, type Verdict } from "../../src/shield/ban/judge.ts";
import { networkOf } from "../../src/shield/ban/network.ts";
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

type Listed = (cidr: Cidr) => Cover | null;

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

  /** `listed` tells by which entry of the blacklist a network is banned already, as people's entries are on it alone. */
  try(charges: readonly Charge[], spared: Pick<Spared, "by">, listed: Listed, now: number): Sentence {
    const bans: Ban[] = [];
    const proposals: Proposal[] = [];
    for (const charge of charges) {
      if (this.#bans.isFull) break;
      const { cidr, evidence } = charge;
      if (this.#coverOf(cidr, listed) !== null) continue;
      const touches = this.#clients.sample.touchedBy(cidr);
      const verdict = judge({
        cidr,
        evidence,
        offender: this.#bans.offender(cidr.text),
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

  /** The ban that a person wants of an open proposal. */
  confirm(proposal: Proposal, cidr: Cidr, actor: string, now: number): Ban {
    const { offender, seconds } = convict(this.#bans.offender(cidr.text), now);
    const sentence = { offence: offender.offences, seconds, offender };
    const circumstances = { by: actor, touches: this.#clients.sample.touchedBy(cidr), now };
    return this.#ban({ cidr, evidence: proposal.evidence }, sentence, circumstances, proposal.id);
  }

  /** A person does not want a ban: the same evidence leads to no proposal again. */
  dismiss(proposal: Proposal, actor: string, now: number): Proposal {
    const dismissed: Proposal = { ...proposal, state: { kind: "dismissed", at: now, by: actor.slice(0, 200) } };
    this.#proposals.put(dismissed);
    this.#bans.remember(proposal.cidr, forgive(this.#bans.offender(proposal.cidr), now));
    return dismissed;
  }

  /**
   * Ends what has run its time. Who was banned by itself, for what it did, has then to be seen anew to be good: not before,
   * so that a ban that is lifted leaves no trace in the sample. What is said of a network says nothing of each client in it.
   */
  expire(now: number): void {
    for (const ban of this.#bans.expire(now)) {
      const client = networkOf(ban.cidr);
      if (client !== null) this.#clients.strike(client);
    }
  }

  /** Settles the proposals whose networks are banned already. Gives them as they are then. */
  overtake(listed: Listed, now: number): Proposal[] {
    return [...this.#proposals.open.values()].flatMap((proposal) => {
      const cidr = parseCidr(proposal.cidr);
      const cover = cidr.ok ? this.#coverOf(cidr.value, listed) : null;
      return cover === null ? [] : [this.#overtake(proposal, cover, now)];
    });
  }

  /** Nobody is asked any more about what it holds. `confirmed` is the proposal that it was made of. */
  #ban(
    { cidr, evidence }: Charge,
    sentence: Parameters<Bans["decide"]>[2],
    circumstances: Parameters<Bans["decide"]>[3],
    confirmed: string | null = null,
  ): Ban {
    const ban = this.#bans.decide(cidr.text, evidence, sentence, circumstances);
    const { now } = circumstances;
    for (const proposal of [...this.#proposals.open.values()]) {
      const asked = parseCidr(proposal.cidr);
      if (proposal.id === confirmed)
        this.#proposals.put({ ...proposal, state: { kind: "confirmed", at: now, by: ban.by, ban: ban.id } });
      else if (asked.ok && isWithin(asked.value, cidr)) this.#overtake(proposal, coverBy(ban), now);
    }
    return ban;
  }

  isBanned(client: string): boolean {
    const cidr = networkOf(client);
    return cidr !== null && this.#coverOf(cidr, () => null) !== null;
  }

  #coverOf(cidr: Cidr, listed: Listed): Cover | null {
    const { standing } = this.#bans;
    const ban = standing.get(cidr.text) ?? standing.get(neighbourhoodOf(cidr.ip));
    return ban ? coverBy(ban) : listed(cidr);
  }

  #overtake(proposal: Proposal, { cidr, by, ban }: Cover, now: number): Proposal {
    const overtaken: Proposal = { ...proposal, state: { kind: "overtaken", at: now, by, cidr, ban } };
    this.#proposals.put(overtaken);
    return overtaken;
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

const coverBy = ({ cidr, by, id }: Ban): Cover => ({ cidr, by, ban: id });
