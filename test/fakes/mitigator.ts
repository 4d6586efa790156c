import type { MitigatorApi, MitigatorStatus } from "../../durable-objects/mitigator/api.ts";
import { Bans } from "../../durable-objects/mitigator/bans.ts";
import { breachCharge } from "../../durable-objects/mitigator/charges.ts";
import { Clients } from "../../durable-objects/mitigator/clients.ts";
import { Court } from "../../durable-objects/mitigator/court.ts";
import { goodClientsIn } from "../../durable-objects/mitigator/good-clients-in.ts";
import { clamp, newestFirst } from "../../durable-objects/mitigator/paging.ts";
import { Proposals } from "../../durable-objects/mitigator/proposals.ts";
import { schema } from "../../durable-objects/mitigator/schema.ts";
import { standingOf } from "../../durable-objects/mitigator/standing.ts";
import { openDatabase, sqlOver } from "../../scripts/sim/sql.ts";
import { type Cidr, parseCidr } from "../../src/base/ip.ts";
import { err, ok } from "../../src/base/result.ts";
import type { Ban } from "../../src/shield/ban/ban.ts";
import { type Cover, coverOf } from "../../src/shield/ban/cover.ts";
import { convict } from "../../src/shield/ban/escalation.ts";
import type { Evidence } from "../../src/shield/ban/evidence.ts";
import type { Proposal } from "../../src/shield/ban/proposal.ts";
import { Spared } from "../../src/shield/ban/spared.ts";
import type { Alert } from "../../src/shield/mitigation/alert.ts";
import type { AttackRecord } from "../../src/shield/mitigation/attack-record.ts";
import type { PublishedTable } from "../../src/table/table.ts";

interface Parts {
  readonly bans: Bans;
  readonly proposals: Proposals;
  readonly clients: Clients;
  readonly court: Court;
}

/**
 * The court of the mitigator with its records in memory. It has no alarms, sees no attacks and brings no bans to the
 * table: tests make the entries, and say which attacks and alerts there are.
 */
export class FakeMitigator implements Omit<MitigatorApi, "attacked"> {
  /** Every call fails while this is set, as when the object cannot be reached. */
  unreachable = false;
  /** Both of these the newest first. */
  readonly records: AttackRecord[] = [];
  readonly told: Alert[] = [];
  readonly #clock: { readonly now: number };
  readonly #table: () => Promise<PublishedTable>;
  #made: Parts | null = null;

  constructor(clock: { readonly now: number }, table: () => Promise<PublishedTable>) {
    this.#clock = clock;
    this.#table = table;
  }

  /** Decides a ban, which is in force at once. Its entry on the blacklist is for the test to make. */
  decide(cidr: string, evidence: Evidence): Ban {
    const { now } = this.#clock;
    const { bans } = this.#parts;
    const { offender, seconds } = convict(bans.offender(cidr), now);
    const sentence = { offence: offender.offences, seconds, offender };
    const ban = bans.decide(cidr, evidence, sentence, { by: "shield", touches: 0, now });
    const inForce: Ban = { ...ban, state: { kind: "in-force", at: now, epoch: null } };
    bans.put(inForce);
    return inForce;
  }

  /** Asks a person about a ban. */
  propose(proposal: Proposal): void {
    this.#parts.proposals.put(proposal);
  }

  /** These clients were good in the last week. */
  befriend(...clients: readonly string[]): void {
    const { now } = this.#clock;
    for (const age of [900_000, 0]) for (const each of clients) this.#parts.clients.sight(each, now - age, now);
  }

  breached: MitigatorApi["breached"] = async (breach) => {
    this.#answer();
    const { now } = this.#clock;
    const charge = breachCharge(breach, now);
    const { table } = await this.#table();
    if (charge !== null) this.#parts.court.try([charge], new Spared(table), this.#listed(table), now);
  };

  sighted: MitigatorApi["sighted"] = async (clients) => {
    this.#answer();
    for (const { client, at } of clients) this.#parts.clients.sight(client, at, this.#clock.now);
  };

  async status(): Promise<MitigatorStatus> {
    this.#answer();
    const { bans, proposals, clients } = this.#parts;
    const attacks = this.records.filter(({ state }) => state !== "over");
    const defended = attacks.filter(({ level }) => level !== "observe");
    const standing = [...bans.standing.values()];
    const prefixes = standing.filter(({ cidr }) => /\/(24|48)$/.test(cidr)).length;
    const { known, mayTouch } = clients.sample;
    return {
      attacks: attacks.map(({ timeline: _, ...attack }) => attack),
      levels: Object.fromEntries(defended.map(({ service, level }) => [service, level])),
      bans: { standing: standing.length, addresses: standing.length - prefixes, prefixes },
      proposals: proposals.open.size,
      goodClients: { known, touched: bans.touched, mayTouch },
      waiting: { bans: 0, defences: 0, failures: 0 },
    };
  }

  attacks: MitigatorApi["attacks"] = async ({ limit, before, service, open }) => {
    this.#answer();
    return this.records
      .filter(({ id }) => before === null || id < before)
      .filter((attack) => (service === null || attack.service === service) && !(open && attack.state === "over"))
      .sort(newestFirst)
      .slice(0, clamp(limit, 200));
  };

  attack: MitigatorApi["attack"] = async (id) => {
    this.#answer();
    return this.records.find((attack) => attack.id === id) ?? null;
  };

  bans: MitigatorApi["bans"] = async ({ limit, before, cidr, standing }) => {
    this.#answer();
    return this.#parts.bans.list(clamp(limit, 1000), before, cidr, standing);
  };

  ban: MitigatorApi["ban"] = async (id) => {
    this.#answer();
    const { bans } = this.#parts;
    const ban = bans.find(id);
    return ban === null ? null : { ban, standing: standingOf(ban.cidr, bans, this.#clock.now) };
  };

  standing: MitigatorApi["standing"] = async (text) => {
    this.#answer();
    const cidr = parseCidr(text);
    return cidr.ok ? standingOf(cidr.value.text, this.#parts.bans, this.#clock.now) : null;
  };

  goodClientsIn: MitigatorApi["goodClientsIn"] = async (cidrs) => {
    this.#answer();
    return goodClientsIn(cidrs, this.#parts.clients);
  };

  lift: MitigatorApi["lift"] = async (text, actor) => {
    this.#answer();
    const { now } = this.#clock;
    const cidr = parseCidr(text);
    const ban = cidr.ok ? this.#parts.bans.standing.get(cidr.value.text) : undefined;
    return ban ? this.#parts.bans.end(ban, { kind: "lifted", at: now, by: actor }, now) : null;
  };

  shorten: MitigatorApi["shorten"] = async (text, expiresAt) => {
    this.#answer();
    const cidr = parseCidr(text);
    const ban = cidr.ok ? this.#parts.bans.standing.get(cidr.value.text) : undefined;
    return ban && expiresAt < ban.expiresAt ? this.#parts.bans.shorten(ban, expiresAt) : (ban ?? null);
  };

  proposals: MitigatorApi["proposals"] = async (limit) => {
    this.#answer();
    await this.#overtake();
    return this.#parts.proposals.list(clamp(limit, 200));
  };

  confirm: MitigatorApi["confirm"] = async (id, actor) => {
    this.#answer();
    const table = await this.#overtake();
    const { proposals, court } = this.#parts;
    const proposal = proposals.find(id);
    const cidr = parseCidr(proposal?.cidr ?? "");
    if (proposal === null || !cidr.ok) return err({ kind: "unknown-proposal" });
    if (proposal.state.kind !== "open") return err({ kind: "settled", proposal });
    const by = new Spared(table).by(cidr.value);
    if (by !== null) return err({ kind: "spared", by });
    return ok(court.confirm(proposal, cidr.value, actor, this.#clock.now));
  };

  dismiss: MitigatorApi["dismiss"] = async (id, actor) => {
    this.#answer();
    const { proposals, court } = this.#parts;
    const proposal = proposals.find(id);
    if (proposal === null) return err({ kind: "unknown-proposal" });
    if (proposal.state.kind !== "open") return err({ kind: "settled", proposal });
    return ok(court.dismiss(proposal, actor, this.#clock.now));
  };

  alerts: MitigatorApi["alerts"] = async (limit, before) => {
    this.#answer();
    return this.told.filter(({ id }) => before === null || id < before).slice(0, clamp(limit, 500));
  };

  async #overtake(): Promise<PublishedTable["table"]> {
    const { table } = await this.#table();
    this.#parts.court.overtake(this.#listed(table), this.#clock.now);
    return table;
  }

  #listed({ blacklist }: PublishedTable["table"]): (cidr: Cidr) => Cover | null {
    const endedBan = (id: string) => this.#parts.bans.findEnded(id) !== null;
    return (cidr) => coverOf(blacklist, cidr, endedBan, this.#clock.now);
  }

  /** Most tests of the control plane have nothing to do with bans. */
  get #parts(): Parts {
    this.#made ??= make(this.#clock.now);
    return this.#made;
  }

  /** What its alarm would have done by now is done when it is asked. */
  #answer(): void {
    if (this.unreachable) throw new Error("Network connection lost.");
    this.#parts.bans.expire(this.#clock.now);
    this.#parts.proposals.lapse(this.#clock.now);
  }
}

function make(now: number): Parts {
  const sql = sqlOver(openDatabase());
  sql.exec(schema);
  const bans = new Bans(sql);
  const proposals = new Proposals(sql);
  const clients = new Clients(sql, now);
  return { bans, proposals, clients, court: new Court(bans, proposals, clients) };
}
