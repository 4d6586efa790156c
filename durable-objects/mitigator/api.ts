import type { Result } from "../../src/base/result.ts";
import type { AttackReport, Breach } from "../../src/shield/attack.ts";
import type { Ban } from "../../src/shield/ban/ban.ts";
import type { Proposal } from "../../src/shield/ban/proposal.ts";
import type { Sparing } from "../../src/shield/ban/spared.ts";
import type { Alert } from "../../src/shield/mitigation/alert.ts";
import type { AttackRecord } from "../../src/shield/mitigation/attack-record.ts";
import type { DefenceLevel } from "../../src/table/defence.ts";

/** A client (v4 address, or v6 /64) that was served well. */
export interface Sighting {
  readonly client: string;
  /** Unix milliseconds. */
  readonly at: number;
}

export interface MitigatorStatus {
  /** Attacks that are not over, the newest first; without their timelines. */
  readonly attacks: readonly Omit<AttackRecord, "timeline">[];
  /** Of services that an attack has made something done about; by hand set levels are in the table. */
  readonly levels: Readonly<Record<string, DefenceLevel>>;
  readonly bans: { readonly standing: number; readonly addresses: number; readonly prefixes: number };
  readonly proposals: number;
  /** Clients that were good in the last week, as the sample has it, and the bans in force touch so many of them. */
  readonly goodClients: { readonly known: number; readonly touched: number; readonly mayTouch: number };
  /** What the table has not taken yet, and calls to it that failed in a row. */
  readonly waiting: { readonly bans: number; readonly defences: number; readonly failures: number };
}

export interface AttackQuery {
  /** At most 200. */
  readonly limit: number;
  /** The id of one: only older ones; `null` for the newest. */
  readonly before: string | null;
  /** `null` is every service. */
  readonly service: string | null;
  /** Only those that are not over. */
  readonly open: boolean;
}

export interface BanQuery {
  /** At most 1,000. */
  readonly limit: number;
  readonly before: string | null;
  /** Canonical; `null` is every one. */
  readonly cidr: string | null;
  /** Only those that are being put in force, or are. */
  readonly standing: boolean;
}

/** The record of an address or a prefix, and what follows from it. */
export interface Standing {
  readonly cidr: string;
  /** Offences that are not forgotten yet. */
  readonly offences: number;
  /** When the next of them is forgotten, Unix milliseconds; `null` without any, or while a ban stands. */
  readonly forgetsAt: number | null;
  /** The ban that stands; `null` for none. */
  readonly ban: Ban | null;
  /** Evidence from before this time is not held against it, as a person has lifted a ban; `null`: none was lifted. */
  readonly forgivenUntil: number | null;
  /** How long the next offence is banned, seconds: as things are, and where the ban that stands were lifted now. */
  readonly nextSeconds: number;
  readonly nextSecondsIfLifted: number;
  /** What will happen next, in words. */
  readonly next: string;
}

/** Networks of one question about good clients; each is held against the whole sample. */
export const MAX_NETWORKS_ASKED = 20;

/** Good clients, by the sample: not whole numbers where they are many. */
export interface GoodClientsIn {
  readonly known: number;
  /** Of these, those in each network that was asked for, in its place. */
  readonly held: readonly number[];
}

export interface BanView {
  readonly ban: Ban;
  readonly standing: Standing;
}

export type ProposalRefusal =
  | { readonly kind: "unknown-proposal" }
  /** Somebody was first, a ban has been made without an answer, or it has lapsed. */
  | { readonly kind: "settled"; readonly proposal: Proposal }
  /** The allowlist or a verified bot holds it, or is held by it: nothing confirms that. */
  | { readonly kind: "spared"; readonly by: Sparing };

/** Decides what is done about attacks: bans, and defences of services. Its name is `global`. */
export interface MitigatorApi {
  /** Told by anomaly detectors once a second while an attack lasts, and when it ends. */
  attacked(report: AttackReport): Promise<void>;
  /** Told by rate limiters. What was told is decided and stored when it returns; a message that comes twice counts once. */
  breached(breach: Breach): Promise<void>;
  /** Told by the anomaly detector about once a minute; of more than 500, the first 500 count. */
  sighted(clients: readonly Sighting[]): Promise<void>;

  status(): Promise<MitigatorStatus>;
  /** Newest first. Those that are no longer kept here come from D1; while it is down, they are left out. */
  attacks(query: AttackQuery): Promise<readonly AttackRecord[]>;
  attack(id: string): Promise<AttackRecord | null>;
  /** Newest first; older ones from D1, as with attacks. */
  bans(query: BanQuery): Promise<readonly Ban[]>;
  /** With what happens next. */
  ban(id: string): Promise<BanView | null>;
  /** Of any address or prefix, banned or not; `null` where it is none. */
  standing(cidr: string): Promise<Standing | null>;
  /**
   * A person has taken, or is about to take, the entry off the blacklist (the table is the caller's to change): the ban
   * counts as lifted, the same evidence leads to none again, and its offence is off the record. Gives what was lifted;
   * `null` where no ban of the shield stands there.
   */
  lift(cidr: string, actor: string): Promise<Ban | null>;
  /**
   * A person's entry of the blacklist, which ends then (Unix milliseconds), has taken the place of a ban: where that is
   * sooner, the ban ends with it. It is not lifted by that: its offence stays on record. Gives the ban; `null` where none
   * of the shield stands there.
   */
  shorten(cidr: string, expiresAt: number, actor: string): Promise<Ban | null>;
  /** Of networks that somebody thinks of banning; of more than `MAX_NETWORKS_ASKED`, the first count. */
  goodClientsIn(cidrs: readonly string[]): Promise<GoodClientsIn>;
  /** Newest first: those that are open, and then the last that were settled, at most `limit` (200). */
  proposals(limit: number): Promise<readonly Proposal[]>;
  /** Bans what was proposed. Repeated by anybody, it is `settled`. */
  confirm(id: string, actor: string): Promise<Result<Ban, ProposalRefusal>>;
  /** The same evidence leads to no proposal again. */
  dismiss(id: string, actor: string): Promise<Result<Proposal, ProposalRefusal>>;
  /** Newest first, at most 500; `before` is an id. Older ones come from D1, as with attacks. */
  alerts(limit: number, before: string | null): Promise<readonly Alert[]>;
}
