import { keepRecent } from "../../src/base/keep-recent.ts";
import type { AttackReport } from "../../src/shield/attack.ts";
import type { Ban } from "../../src/shield/ban/ban.ts";
import type { Evidence } from "../../src/shield/ban/evidence.ts";
import { networkOf } from "../../src/shield/ban/network.ts";
import type { Proposal } from "../../src/shield/ban/proposal.ts";
import type { Spared } from "../../src/shield/ban/spared.ts";
import { suspectsOf } from "../../src/shield/ban/suspects.ts";
import { Suspicions } from "../../src/shield/ban/suspicions.ts";
import { lengthOf } from "../../src/shield/ban/words.ts";
import { announce, announceProposals } from "../../src/shield/mitigation/announce.ts";
import type { AttackEvent, ChosenSignature } from "../../src/shield/mitigation/attack-record.ts";
import { BanNews } from "../../src/shield/mitigation/ban-news.ts";
import { alikeIn } from "../../src/shield/mitigation/choose.ts";
import {
  begin,
  defenceOf,
  defend,
  isAttackedNow,
  type OpenAttack,
  supersede,
  type Wanted,
  want,
} from "../../src/shield/mitigation/defend.ts";
import { HEADROOM, MIN_SIGNATURE_RATE } from "../../src/shield/mitigation/search.ts";
import { isNews, isOfAnother, takeReport, UNHEARD_MS } from "../../src/shield/mitigation/sightings.ts";
import { note } from "../../src/shield/mitigation/timeline.ts";
import { type AttackView, viewOf } from "../../src/shield/mitigation/view.ts";
import type { Defence } from "../../src/table/defence.ts";
import type { Service } from "../../src/table/service.ts";
import type { Alerts } from "./alerts.ts";
import { type Attacks, attackKey, MAX_OPEN } from "./attacks.ts";
import { attackCharge } from "./charges.ts";
import type { Clients } from "./clients.ts";
import type { Charge, Sentence } from "./court.ts";
import type { Proposals } from "./proposals.ts";
import type { Brought } from "./table-desk.ts";

/** Addresses that are named in one event. */
const MAX_NAMED = 5;

/** What the desk is told with each look. */
export interface Context {
  readonly now: number;
  /** `null` before the table was read. */
  readonly services: ReadonlyMap<string, Service> | null;
  readonly spared: Spared;
  readonly charge: (charges: readonly Charge[]) => Sentence;
  /** Whether a ban of the shield stands against a client. */
  readonly isBanned: (client: string) => boolean;
}

/**
 * Follows attacks from their first report until nothing is done about them any more. What begins after the last scope has
 * seen one end is another. To be called within a transaction.
 */
export class AttackDesk {
  readonly #attacks: Attacks;
  readonly #proposals: Proposals;
  readonly #alerts: Alerts;
  readonly #clients: Clients;
  /** The last report of each scope, by attack; after a restart they come again within a second. */
  readonly #reports = new Map<string, Map<string, AttackReport>>();
  #isFullTold = false;
  /** The last that is over of each kind; a restart forgets them. */
  readonly #lately = new Map<string, OpenAttack>();
  /** By attack; after a restart they begin anew. */
  readonly #suspicions = new Map<string, Suspicions>();
  /** A restart forgets what was told. */
  readonly #banNews = new BanNews();

  constructor(attacks: Attacks, proposals: Proposals, alerts: Alerts, clients: Clients) {
    this.#attacks = attacks;
    this.#proposals = proposals;
    this.#alerts = alerts;
    this.#clients = clients;
  }

  /** What the table is to hold, by service. */
  get defences(): ReadonlyMap<string, Defence> {
    return new Map(
      [...this.#attacks.open.values()].flatMap((open): [string, Defence][] => {
        const defence = defenceOf(open);
        return defence === null ? [] : [[open.record.service, defence]];
      }),
    );
  }

  take(report: AttackReport, context: Context): void {
    const { now } = context;
    const key = attackKey(report);
    const open = this.#attacks.open.get(key) ?? null;
    const held = open !== null && isOfAnother(open.record, report) ? null : open;
    if (!isNews(held?.record ?? null, report, now) || (open === null && this.#attacks.open.size >= MAX_OPEN)) return;
    const begun = held ?? begin(report, open ?? this.#lately.get(key) ?? null, now);
    if (open !== held && open !== null) this.#end(supersede(open, now), open, now);
    const reports = this.#reports.get(key) ?? new Map<string, AttackReport>();
    this.#reports.set(key, reports.set(report.scope, report));
    this.#advance({ ...begun, record: takeReport(begun.record, report, now) }, held, context);
  }

  /** Looks after all attacks, whether or not anything was heard of them. */
  look(context: Context): void {
    this.#alerts.raise(this.#banNews.take([], context.now));
    for (const open of [...this.#attacks.open.values()]) this.#advance(open, open, context);
  }

  announceProposals(proposals: readonly Proposal[]): void {
    this.#alerts.raise(announceProposals(proposals));
  }

  /** Once for each time that nobody else can be banned, or that bans find no room on the blacklist. */
  announceFull(isFull: boolean, hasNoRoom: boolean, now: number): void {
    if ((isFull || hasNoRoom) && !this.#isFullTold) {
      const text = isFull
        ? "As many bans stand as may: nobody else is banned until some of them end."
        : "The blacklist has no more room: bans wait until some of its entries end, or are taken off.";
      const about = { service: null, attack: null, proposal: null };
      this.#alerts.raise([{ at: now, kind: "bans-full", severity: "critical", ...about, text }]);
    }
    this.#isFullTold = isFull || hasNoRoom;
  }

  announceUnreachable(now: number): void {
    const text = "The routing table cannot be reached: what was decided about attacks is not in force yet.";
    const about = { service: null, attack: null, proposal: null };
    this.#alerts.raise([{ at: now, kind: "table-unreachable", severity: "critical", ...about, text }]);
    this.noteAll("the table cannot be reached; it is tried again and again", now);
  }

  /** Bans that a person has made of proposals. */
  noteBans(bans: readonly Ban[], now: number): void {
    for (const ban of bans) {
      this.noteOf(ban.evidence, "decided", `${ban.by} wants ${named([ban])} banned`, now, { bans: 1 });
    }
  }

  noteBrought({ inForce, refused, epoch }: Brought, now: number): void {
    this.#alerts.raise(this.#banNews.take(inForce, now));
    for (const [bans, what] of [
      [inForce, "on the blacklist"],
      [refused, "refused by the table"],
    ] as const)
      for (const [, own] of Map.groupBy(bans, ({ evidence }) =>
        evidence.kind === "attack" ? evidence.attack : null,
      )) {
        const [first] = own;
        const detail = first?.state.kind === "refused" ? `: ${first.state.detail}` : ` as of epoch ${epoch}`;
        if (first) this.noteOf(first.evidence, "done", `${what}: ${named(own)}${detail}`, now, {}, { epoch });
      }
  }

  noteDefence(service: string, defence: Defence | null, epoch: number, now: number): void {
    const open = [...this.#attacks.open.values()].find(
      ({ record }) => record.service === service && record.direction === "flood",
    );
    if (!open) return;
    const what = defence === null ? "the defence is taken away" : `${defence.level} is in force`;
    this.#save(open, note(open.record, "done", `${what} as of epoch ${epoch}`, { epoch }, now), now);
  }

  /** Of all attacks that go on. */
  noteAll(what: string, now: number): void {
    for (const open of [...this.#attacks.open.values()])
      this.#save(open, note(open.record, "done", what, {}, now), now);
  }

  /** Of the attack that a ban or a proposal came of, while it goes on. */
  noteOf(
    evidence: Evidence,
    kind: AttackEvent["kind"],
    what: string,
    now: number,
    { bans = 0 }: { readonly bans?: number } = {},
    numbers: AttackEvent["numbers"] = {},
  ): void {
    if (evidence.kind !== "attack") return;
    const open = [...this.#attacks.open.values()].find(({ record }) => record.id === evidence.attack);
    if (!open) return;
    const record = { ...open.record, bans: open.record.bans + bans };
    this.#save(open, note(record, kind, what, numbers, now), now);
  }

  #advance(open: OpenAttack, before: OpenAttack | null, context: Context): void {
    const { now, services } = context;
    const { service } = open.record;
    const view = viewOf(this.#heard(attackKey(open.record), open, now));
    const wanted = services === null ? open.wanted : wantedOf(services.get(service));
    const charged = view === null ? open : this.#charge(open, view, wanted, context);
    const next = defend(want(charged, wanted, now), view, this.#proposed(charged), now, context.isBanned);
    if (next.record.state === "over") {
      this.#end(next, before, now);
      return;
    }
    this.#attacks.put(next, now);
    this.#alerts.raise(announce(before?.record ?? null, next.record, now));
  }

  #end(over: OpenAttack, before: OpenAttack | null, now: number): void {
    const key = attackKey(over.record);
    this.#attacks.put(over, now);
    this.#alerts.raise(announce(before?.record ?? null, over.record, now));
    this.#reports.delete(key);
    this.#suspicions.delete(key);
    keepRecent(this.#lately, key, over, MAX_OPEN);
  }

  /** The reports of scopes that the record holds to go on. */
  #heard(key: string, { record }: OpenAttack, now: number): AttackReport[] {
    const reports = [...(this.#reports.get(key)?.values() ?? [])];
    return reports.filter(({ scope, id }) => {
      const sight = record.scopes[scope];
      return sight?.report === id && sight.state === "ongoing" && Math.abs(now - sight.at) <= UNHEARD_MS;
    });
  }

  /** Bans those who explain what is too much of all traffic now, where the service may be defended by blocking. */
  #charge(open: OpenAttack, view: AttackView, wanted: Wanted, { now, spared, charge }: Context): OpenAttack {
    const isBlocking = wanted?.mode === "auto" && wanted.most === "block";
    if (open.record.direction === "silence" || !isAttackedNow(view) || !isBlocking) return open;
    const suspects = suspectsOf(view, {
      isSpared: (cidr) => spared.by(cidr) !== null,
      holdsGood: (cidr) => this.#clients.sample.touchedBy(cidr) > 0,
      isAlike: alikeIn(view, open.record.signatures),
    });
    const lasting = this.#suspicionsOf(open).take(suspects, view.at);
    const { bans, proposals } = charge(lasting.map((suspect) => attackCharge(suspect, open.record, now)));
    if (bans.length === 0 && proposals.length === 0) return open;
    this.announceProposals(proposals);
    let record = {
      ...open.record,
      bans: open.record.bans + bans.length,
      proposals: open.record.proposals + proposals.length,
    };
    if (bans.length > 0) record = note(record, "decided", `banned: ${named(bans)}`, { bans: bans.length }, now);
    if (proposals.length > 0) {
      const what = `a person is asked about ${named(proposals)}: too many good clients would be touched`;
      record = note(record, "decided", what, { proposals: proposals.length }, now);
    }
    return { ...open, record };
  }

  #suspicionsOf({ record }: OpenAttack): Suspicions {
    const key = attackKey(record);
    const suspicions = this.#suspicions.get(key) ?? new Suspicions();
    this.#suspicions.set(key, suspicions);
    return suspicions;
  }

  /**
   * Clients whose ban waits for a person may be challenged meanwhile, in each attack on the service: those alone who have
   * done it themselves, which are nobody's collateral.
   */
  #proposed({ record }: OpenAttack): ChosenSignature[] {
    return [...this.#proposals.open.values()].flatMap(({ cidr, evidence }): ChosenSignature[] => {
      if (evidence.kind !== "attack" || evidence.service !== record.service || networkOf(cidr) === null) return [];
      const perSecond = Math.max(MIN_SIGNATURE_RATE, HEADROOM * evidence.usualPerSecond);
      const figures = { perSecond, covers: evidence.shareOfExcess, collateral: 0, collateralAtMost: 0 };
      return [{ match: { prefix: cidr }, ...figures, level: "challenge", origin: "proposal" }];
    });
  }

  #save(open: OpenAttack, record: OpenAttack["record"], now: number): void {
    this.#attacks.put({ ...open, record }, now);
  }
}

const wantedOf = (service: Service | undefined): Wanted =>
  service ? { mode: service.mitigation.mode, most: service.mitigation.most } : null;

function named(
  those: readonly { readonly cidr: string; readonly decidedAt?: number; readonly expiresAt?: number }[],
): string {
  const names = those.slice(0, MAX_NAMED).map(({ cidr, decidedAt, expiresAt }) => {
    const isTimed = decidedAt !== undefined && expiresAt !== undefined;
    return isTimed ? `${cidr} (${lengthOf((expiresAt - decidedAt) / 1000)})` : cidr;
  });
  return those.length > MAX_NAMED ? `${names.join(", ")} and ${those.length - MAX_NAMED} more` : names.join(", ");
}
