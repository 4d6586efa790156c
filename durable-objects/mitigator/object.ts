import { DurableObject } from "cloudflare:workers";
import { parseCidr } from "../../src/base/ip.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { type AttackReport, attackReportSchema, type Breach, breachSchema } from "../../src/shield/attack.ts";
import type { Ban } from "../../src/shield/ban/ban.ts";
import type { Proposal } from "../../src/shield/ban/proposal.ts";
import { settlementOf } from "../../src/shield/ban/words.ts";
import type { Alert } from "../../src/shield/mitigation/alert.ts";
import type { AttackRecord } from "../../src/shield/mitigation/attack-record.ts";
import type { Defence } from "../../src/table/defence.ts";
import { sameJson } from "../../src/table/merge-patch.ts";
import type { Env } from "../../workers/env.ts";
import { Courier } from "../courier.ts";
import { Alerts } from "./alerts.ts";
import type * as api from "./api.ts";
import { Archive } from "./archive.ts";
import { AttackDesk } from "./attack-desk.ts";
import { Attacks } from "./attacks.ts";
import { Bans } from "./bans.ts";
import { breachCharge } from "./charges.ts";
import { Clients } from "./clients.ts";
import { consignorsOf } from "./consignors.ts";
import { Court } from "./court.ts";
import { goodClientsIn } from "./good-clients-in.ts";
import { clamp, newestFirst } from "./paging.ts";
import { Proposals } from "./proposals.ts";
import { schema } from "./schema.ts";
import { sightingsSchema } from "./sightings.ts";
import { standingOf } from "./standing.ts";
import { TableDesk } from "./table-desk.ts";

/** What is decided within this time goes to the table together. */
const BATCH_MS = 150;
/** Between two looks: while something goes on, and in quiet times. */
const LOOK_SOON_MS = 1000;
const LOOK_EVERY_MS = 60_000;
/** A table that cannot be reached is tried again after at most so long. */
const MAX_BACKOFF_MS = 30_000;
/** People are told when it has not been reached so often in a row while something waits for it. */
const ALERT_AFTER_FAILURES = 5;
const MAX_PROPOSALS_LISTED = 200;

/**
 * Each message is decided and stored at once, without waiting between; the alarm is the loop that brings what was decided
 * to the table and D1, looks after attacks of which nothing is heard, and puts right what has gone apart from the table.
 */
export class Mitigator extends DurableObject<Env> implements api.MitigatorApi {
  readonly #storage: DurableObjectStorage;
  readonly #attacks: Attacks;
  readonly #bans: Bans;
  readonly #proposals: Proposals;
  readonly #alerts: Alerts;
  readonly #clients: Clients;
  readonly #court: Court;
  readonly #table: TableDesk;
  readonly #desk: AttackDesk;
  readonly #courier: Courier;
  readonly #archive: Archive;
  #failures = 0;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#storage = context.storage;
    const { sql } = context.storage;
    sql.exec(schema);
    this.#attacks = new Attacks(sql);
    this.#bans = new Bans(sql);
    this.#proposals = new Proposals(sql);
    this.#alerts = new Alerts(sql);
    const percent = env.BAN_COLLATERAL_PERCENT;
    this.#clients = new Clients(sql, Date.now(), percent === undefined ? undefined : Number(percent));
    this.#court = new Court(this.#bans, this.#proposals, this.#clients);
    this.#table = new TableDesk(env, this.#bans);
    this.#desk = new AttackDesk(this.#attacks, this.#proposals, this.#alerts, this.#clients);
    const kept = { attacks: this.#attacks, bans: this.#bans, alerts: this.#alerts };
    this.#courier = new Courier("mitigator", this.#storage, env.DB, consignorsOf(kept));
    this.#archive = new Archive(kept, env.DB);
  }

  async attacked(report: AttackReport): Promise<void> {
    // One that this version cannot read would be the same if it came again.
    const read = attackReportSchema.safeParse(report);
    if (!read.success) return;
    if (this.#table.table === null && this.#failures === 0) await this.#readTable();
    const now = Date.now();
    this.#storage.transactionSync(() => this.#desk.take(read.data, this.#context(now)));
    await this.#wakeSoon(now);
  }

  async breached(breach: Breach): Promise<void> {
    const read = breachSchema.safeParse(breach);
    if (!read.success) return;
    if (this.#table.table === null && this.#failures === 0) await this.#readTable();
    const now = Date.now();
    const charge = breachCharge(read.data, now);
    if (charge === null) return;
    this.#storage.transactionSync(() => {
      const { proposals } = this.#context(now).charge([charge]);
      this.#desk.announceProposals(proposals);
    });
    await this.#wakeSoon(now);
  }

  async sighted(clients: readonly api.Sighting[]): Promise<void> {
    const now = Date.now();
    const read = sightingsSchema.safeParse(clients);
    if (!read.success) return;
    this.#storage.transactionSync(() => {
      for (const { client, at } of read.data) this.#clients.sight(client, at, now);
    });
    await this.#wakeBy(now + LOOK_EVERY_MS);
  }

  async status(): Promise<api.MitigatorStatus> {
    const open = [...this.#attacks.open.values()].map(({ record }) => record).sort(newestFirst);
    const standing = [...this.#bans.standing.values()];
    const prefixes = standing.filter(({ cidr }) => /\/(24|48)$/.test(cidr)).length;
    const { known, mayTouch } = this.#clients.sample;
    const levels = open
      .filter(({ level }) => level !== "observe")
      .map(({ service, level }) => [service, level] as const);
    return {
      attacks: open.map(({ timeline: _, ...rest }) => rest),
      levels: Object.fromEntries(levels),
      bans: { standing: standing.length, addresses: standing.length - prefixes, prefixes },
      proposals: this.#proposals.open.size,
      goodClients: { known, touched: this.#bans.touched, mayTouch },
      waiting: {
        bans: standing.filter(({ state }) => state.kind === "deciding").length,
        defences: this.#defencesWaiting(),
        failures: this.#failures,
      },
    };
  }

  async attacks(query: api.AttackQuery): Promise<readonly AttackRecord[]> {
    return this.#archive.attacks(query);
  }

  async attack(id: string): Promise<AttackRecord | null> {
    return this.#archive.attack(id);
  }

  async bans(query: api.BanQuery): Promise<readonly Ban[]> {
    return this.#archive.bans(query);
  }

  async ban(id: string): Promise<api.BanView | null> {
    const ban = await this.#archive.ban(id);
    return ban === null ? null : { ban, standing: standingOf(ban.cidr, this.#bans, Date.now()) };
  }

  async standing(cidr: string): Promise<api.Standing | null> {
    const read = parseCidr(cidr);
    return read.ok ? standingOf(read.value.text, this.#bans, Date.now()) : null;
  }

  async goodClientsIn(cidrs: readonly string[]): Promise<api.GoodClientsIn> {
    return goodClientsIn(cidrs, this.#clients);
  }

  async lift(cidr: string, actor: string): Promise<Ban | null> {
    const read = parseCidr(cidr);
    const ban = read.ok ? this.#bans.standing.get(read.value.text) : undefined;
    if (!ban) return null;
    const now = Date.now();
    const lifted = this.#storage.transactionSync(() => this.#lift(ban, actor, now));
    await this.#wakeSoon(now);
    return lifted;
  }

  async shorten(cidr: string, expiresAt: number, actor: string): Promise<Ban | null> {
    const read = parseCidr(cidr);
    const ban = read.ok ? this.#bans.standing.get(read.value.text) : undefined;
    if (!ban || !(expiresAt < ban.expiresAt)) return ban ?? null;
    const now = Date.now();
    const shortened = this.#storage.transactionSync(() => this.#shorten(ban, expiresAt, actor, now));
    // It may be over long before the next look.
    await this.#wakeBy(expiresAt);
    return shortened;
  }

  async proposals(limit: number): Promise<readonly Proposal[]> {
    if (this.#proposals.open.size > 0) await this.#readTable();
    this.#storage.transactionSync(() => this.#overtake(Date.now()));
    return this.#proposals.list(clamp(limit, MAX_PROPOSALS_LISTED));
  }

  async confirm(id: string, actor: string): Promise<Result<Ban, api.ProposalRefusal>> {
    await this.#readTable();
    const now = Date.now();
    this.#storage.transactionSync(() => {
      this.#court.expire(now);
      this.#overtake(now);
    });
    const proposal = this.#proposals.find(id);
    const cidr = parseCidr(proposal?.cidr ?? "");
    if (proposal === null || !cidr.ok) return err({ kind: "unknown-proposal" });
    if (proposal.state.kind !== "open") return err({ kind: "settled", proposal });
    const by = this.#table.spared.by(cidr.value);
    if (by !== null) return err({ kind: "spared", by });
    const ban = this.#storage.transactionSync(() => {
      const confirmed = this.#court.confirm(proposal, cidr.value, actor, now);
      this.#desk.noteBans([confirmed], now);
      return confirmed;
    });
    await this.#wakeSoon(now);
    return ok(ban);
  }

  async dismiss(id: string, actor: string): Promise<Result<Proposal, api.ProposalRefusal>> {
    const now = Date.now();
    const proposal = this.#proposals.find(id);
    if (proposal === null) return err({ kind: "unknown-proposal" });
    if (proposal.state.kind !== "open") return err({ kind: "settled", proposal });
    const dismissed = this.#storage.transactionSync(() => {
      this.#desk.noteOf(proposal.evidence, "decided", `${actor} does not want ${proposal.cidr} banned`, now);
      return this.#court.dismiss(proposal, actor, now);
    });
    await this.#wakeSoon(now);
    return ok(dismissed);
  }

  async alerts(limit: number, before: string | null): Promise<readonly Alert[]> {
    return this.#archive.alerts(limit, before);
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    // A run that broke off (the isolate died) is retried six times and then never: the next alarm must not wait
    // for its end.
    if (info?.isRetry) await this.#storage.setAlarm(Date.now() + MAX_BACKOFF_MS);
    let waitMs: number;
    try {
      await this.#run();
      if (this.#failures >= ALERT_AFTER_FAILURES) this.#desk.noteAll("the table can be reached again", Date.now());
      this.#failures = 0;
      waitMs = this.#attacks.open.size > 0 || this.#isWaiting ? LOOK_SOON_MS : LOOK_EVERY_MS;
    } catch (error) {
      waitMs = Math.min(MAX_BACKOFF_MS, LOOK_SOON_MS * 2 ** this.#failures);
      this.#failures += 1;
      console.error(`mitigator: run failed ${this.#failures} times in a row`, error);
      if (this.#failures === ALERT_AFTER_FAILURES && this.#isWaiting) this.#desk.announceUnreachable(Date.now());
    }
    // It must not hold up what is decided meanwhile.
    void this.#courier.run(Date.now());
    const due = Date.now() + waitMs;
    const set = await this.#storage.getAlarm();
    if (set === null || set > due) await this.#storage.setAlarm(due);
  }

  async #run(): Promise<void> {
    const began = Date.now();
    this.#storage.transactionSync(() => {
      this.#court.expire(began);
      this.#bans.trim();
      this.#proposals.lapse(began);
      this.#clients.forget(began);
      this.#desk.look(this.#context(began));
    });
    const brought = await this.#table.bring();
    const now = Date.now();
    this.#storage.transactionSync(() => {
      if (brought !== null) this.#desk.noteBrought(brought, now);
      this.#overtake(now);
      this.#desk.announceFull(this.#bans.isFull, this.#table.hasNoRoom, now);
      for (const [ban, expiresAt] of this.#table.shortened()) this.#shorten(ban, expiresAt, "somebody", now);
      for (const ban of this.#table.takenOut(now)) this.#lift(ban, "somebody who took it off the blacklist", now);
      for (const [ban, why] of this.#table.ofBots()) this.#lift(ban, `the shield, as ${why}`, now);
    });
    for (const { service, defence, epoch } of await this.#table.defend(this.#desk.defences))
      this.#desk.noteDefence(service, defence, epoch, Date.now());
    await this.#table.clearLeftovers();
  }

  #context(now: number) {
    return {
      now,
      services: this.#table.table?.table.services ?? null,
      spared: this.#table.spared,
      isBanned: (client: string) => this.#court.isBanned(client),
      charge: (charges: Parameters<Court["try"]>[0]) =>
        this.#court.try(charges, this.#table.spared, (cidr) => this.#table.coverOf(cidr, now), now),
    };
  }

  /** Nobody is asked about what has been banned by hand since, by the table as it was last read. */
  #overtake(now: number): void {
    for (const proposal of this.#court.overtake((cidr) => this.#table.coverOf(cidr, now), now))
      this.#desk.noteOf(proposal.evidence, "decided", `${proposal.cidr}: ${settlementOf(proposal)}`, now);
  }

  #lift(ban: Ban, actor: string, now: number): Ban {
    const lifted = this.#bans.end(ban, { kind: "lifted", at: now, by: actor.slice(0, 200) }, now);
    this.#desk.noteOf(ban.evidence, "decided", `the ban of ${ban.cidr} was lifted by ${actor}`, now);
    return lifted;
  }

  #shorten(ban: Ban, expiresAt: number, actor: string, now: number): Ban {
    const until = new Date(expiresAt).toISOString();
    this.#desk.noteOf(ban.evidence, "decided", `${actor} has shortened the ban of ${ban.cidr} until ${until}`, now);
    return this.#bans.shorten(ban, expiresAt);
  }

  get #isWaiting(): boolean {
    if (this.#defencesWaiting() > 0) return true;
    return [...this.#bans.standing.values()].some(({ state }) => state.kind === "deciding");
  }

  #defencesWaiting(): number {
    const held = this.#table.table?.defences ?? new Map<string, Defence>();
    const wanted = this.#desk.defences;
    const services = new Set([...wanted.keys(), ...held.keys()]);
    return [...services].filter((service) => !sameJson(wanted.get(service), held.get(service))).length;
  }

  /** Without the table it goes on with what it knows. */
  async #readTable(): Promise<void> {
    try {
      await this.#table.read();
    } catch (error) {
      console.error("mitigator: the table could not be read", error);
    }
  }

  /** A table that cannot be reached is not asked more often for what is decided meanwhile. */
  async #wakeSoon(now: number): Promise<void> {
    if (this.#failures === 0) await this.#wakeBy(now + (this.#isWaiting ? BATCH_MS : LOOK_SOON_MS));
    else await this.#wakeBy(now + MAX_BACKOFF_MS);
  }

  async #wakeBy(at: number): Promise<void> {
    const set = await this.#storage.getAlarm();
    if (set === null || set > at) await this.#storage.setAlarm(at);
  }
}
