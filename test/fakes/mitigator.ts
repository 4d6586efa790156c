import type { GoodClientsIn, MitigatorApi, MitigatorStatus, Standing } from "../../durable-objects/mitigator/api.ts";
import { holds, parseCidr, parseIp } from "../../src/base/ip.ts";
import { err, ok } from "../../src/base/result.ts";
import { type Ban, isStanding } from "../../src/shield/ban/ban.ts";
import {
  absolve,
  banSeconds,
  convict,
  forgetsAt,
  type Offender,
  offencesAt,
  unknownOffender,
} from "../../src/shield/ban/escalation.ts";
import type { Evidence } from "../../src/shield/ban/evidence.ts";
import type { Proposal } from "../../src/shield/ban/proposal.ts";
import { nextInWords, reasonOf } from "../../src/shield/ban/words.ts";
import type { Alert } from "../../src/shield/mitigation/alert.ts";
import type { AttackRecord } from "../../src/shield/mitigation/attack-record.ts";

/** The mitigator in memory, by the same rules of escalation. It sees no traffic: tests say what it has on record. */
export class FakeMitigator implements Omit<MitigatorApi, "attacked" | "breached" | "sighted"> {
  /** Every call fails while this is set, as when the object cannot be reached. */
  unreachable = false;
  /** All of these the newest first. */
  readonly records: AttackRecord[] = [];
  readonly told: Alert[] = [];
  readonly proposed: Proposal[] = [];
  /** Addresses of clients that were good in the last week. */
  readonly good: string[] = [];
  readonly #bans: Ban[] = [];
  readonly #offenders = new Map<string, Offender>();
  readonly #clock: { readonly now: number };

  constructor(clock: { readonly now: number }) {
    this.#clock = clock;
  }

  /** Decides a ban, which is in force at once. Its entry on the blacklist is for the test to make. */
  decide(cidr: string, evidence: Evidence, by = "shield"): Ban {
    const { now } = this.#clock;
    const { offender, seconds } = convict(this.#offenders.get(cidr) ?? unknownOffender, now);
    this.#offenders.set(cidr, offender);
    const ban: Ban = {
      id: `ban-${this.#bans.length + 1}`,
      cidr,
      reason: reasonOf(evidence),
      evidence,
      offence: offender.offences,
      by,
      decidedAt: now,
      expiresAt: now + seconds * 1000,
      touches: 0,
      state: { kind: "in-force", at: now, epoch: null },
    };
    this.#bans.unshift(ban);
    return ban;
  }

  async status(): Promise<MitigatorStatus> {
    this.#answer();
    const attacks = this.records.filter(({ state }) => state !== "over");
    const standing = this.#bans.filter((ban) => isStanding(ban, this.#clock.now));
    const addresses = standing.filter(({ cidr }) => /\/(32|64)$/.test(cidr)).length;
    return {
      attacks: attacks.map(({ timeline: _, ...attack }) => attack),
      levels: Object.fromEntries(attacks.map(({ service, level }) => [service, level])),
      bans: { standing: standing.length, addresses, prefixes: standing.length - addresses },
      proposals: this.proposed.filter(({ state }) => state.kind === "open").length,
      goodClients: { known: 0, touched: 0, mayTouch: 0 },
      waiting: { bans: 0, defences: 0, failures: 0 },
    };
  }

  attacks: MitigatorApi["attacks"] = async ({ limit, before, service, open }) => {
    this.#answer();
    if (limit > 200) throw new Error("at most 200");
    return this.records
      .filter(({ id }) => before === null || id < before)
      .filter((attack) => (service === null || attack.service === service) && !(open && attack.state === "over"))
      .slice(0, limit);
  };

  attack: MitigatorApi["attack"] = async (id) => {
    this.#answer();
    return this.records.find((attack) => attack.id === id) ?? null;
  };

  bans: MitigatorApi["bans"] = async ({ limit, before, cidr, standing }) => {
    this.#answer();
    if (limit > 1000) throw new Error("at most 1,000");
    return this.#bans
      .filter(({ id }) => before === null || id < before)
      .filter((ban) => (cidr === null || ban.cidr === cidr) && (!standing || isStanding(ban, this.#clock.now)))
      .slice(0, limit);
  };

  ban: MitigatorApi["ban"] = async (id) => {
    const ban = this.#bans.find((each) => each.id === id);
    const standing = ban ? await this.standing(ban.cidr) : null;
    return ban && standing ? { ban, standing } : null;
  };

  standing: MitigatorApi["standing"] = async (text) => {
    this.#answer();
    const cidr = parseCidr(text);
    if (!cidr.ok) return null;
    const { now } = this.#clock;
    const offender = this.#offenders.get(text) ?? unknownOffender;
    const ban = this.#bans.find((each) => each.cidr === text && isStanding(each, now)) ?? null;
    const offences = offencesAt(offender, now);
    return {
      cidr: cidr.value.text,
      offences,
      forgetsAt: ban === null ? forgetsAt(offender, now) : null,
      ban,
      forgivenUntil: offender.forgivenUntil,
      nextSeconds: banSeconds(offences + 1),
      nextSecondsIfLifted: banSeconds(Math.max(1, offences)),
      next: nextInWords(offender, ban !== null, now),
    } satisfies Standing;
  };

  goodClientsIn: MitigatorApi["goodClientsIn"] = async (cidrs): Promise<GoodClientsIn> => {
    this.#answer();
    const held = cidrs.map((text) => {
      const cidr = parseCidr(text);
      const within = (client: string) => {
        const ip = parseIp(client);
        return cidr.ok && ip !== undefined && holds(cidr.value, ip);
      };
      return this.good.filter(within).length;
    });
    return { known: this.good.length, held };
  };

  lift: MitigatorApi["lift"] = async (cidr, actor) => {
    this.#answer();
    const { now } = this.#clock;
    const ban = this.#bans.find((each) => each.cidr === cidr && isStanding(each, now));
    if (!ban) return null;
    const lifted: Ban = { ...ban, state: { kind: "lifted", at: now, by: actor } };
    this.#bans[this.#bans.indexOf(ban)] = lifted;
    this.#offenders.set(cidr, absolve(this.#offenders.get(cidr) ?? unknownOffender, now));
    return lifted;
  };

  proposals: MitigatorApi["proposals"] = async (limit) => {
    this.#answer();
    return this.proposed.slice(0, limit);
  };

  confirm: MitigatorApi["confirm"] = async (id, actor) => {
    this.#answer();
    const proposal = this.proposed.find((each) => each.id === id);
    if (!proposal) return err({ kind: "unknown-proposal" });
    if (proposal.state.kind !== "open") return err({ kind: "settled", proposal });
    const ban = this.decide(proposal.cidr, proposal.evidence, actor);
    this.#settle(proposal, { kind: "confirmed", at: this.#clock.now, by: actor, ban: ban.id });
    return ok(ban);
  };

  dismiss: MitigatorApi["dismiss"] = async (id, actor) => {
    this.#answer();
    const proposal = this.proposed.find((each) => each.id === id);
    if (!proposal) return err({ kind: "unknown-proposal" });
    if (proposal.state.kind !== "open") return err({ kind: "settled", proposal });
    return ok(this.#settle(proposal, { kind: "dismissed", at: this.#clock.now, by: actor }));
  };

  alerts: MitigatorApi["alerts"] = async (limit, before) => {
    this.#answer();
    if (limit > 500) throw new Error("at most 500");
    return this.told.filter(({ id }) => before === null || id < before).slice(0, limit);
  };

  #settle(proposal: Proposal, state: Proposal["state"]): Proposal {
    const settled = { ...proposal, state };
    this.proposed[this.proposed.indexOf(proposal)] = settled;
    return settled;
  }

  #answer(): void {
    if (this.unreachable) throw new Error("Network connection lost.");
  }
}
