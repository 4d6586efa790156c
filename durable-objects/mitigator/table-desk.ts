import { type Cidr, parseCidr } from "../../src/base/ip.ts";
import { listed } from "../../src/base/listed.ts";
import type { Ban } from "../../src/shield/ban/ban.ts";
import { type Cover, coverOf } from "../../src/shield/ban/cover.ts";
import { type Enlistment, enlist, isUnlisted, shortened, takenOut } from "../../src/shield/ban/enlist.ts";
import { Spared, type SparedLists } from "../../src/shield/ban/spared.ts";
import { sparedInWords } from "../../src/shield/ban/words.ts";
import type { Defence } from "../../src/table/defence.ts";
import { followTable } from "../../src/table/follow.ts";
import { sameJson } from "../../src/table/merge-patch.ts";
import { emptyTable, type PublishedTable } from "../../src/table/table.ts";
import type { Env } from "../../workers/env.ts";
import { pause } from "../pause.ts";
import type { Applied, ApplyRefusal, SnapshotRequest } from "../routing-table/api.ts";
import { routingTable } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";
import type { Bans } from "./bans.ts";

/** A table that does not answer holds nothing up for longer. */
const TABLE_TIMEOUT_MS = 2000;
/** Bans that one epoch brings. */
const MAX_BATCH = 1000;
/** The table may have moved on between reading and writing, so often in a row. */
const MAX_TRIES = 3;

/** Of what the table objects to: an attack's timeline has room for it beside the bans. */
const MAX_DETAIL_CHARS = 250;

/** What has come of the bans that were brought to the table. */
export interface Brought {
  readonly inForce: readonly Ban[];
  readonly refused: readonly Ban[];
  readonly epoch: number;
}

export interface Defended {
  readonly service: string;
  readonly defence: Defence | null;
  readonly epoch: number;
}

/** Reads the table, and brings to it what was decided. All that reaches for the table throws where it cannot be reached. */
export class TableDesk {
  readonly #env: Env;
  readonly #bans: Bans;
  #table: PublishedTable | null = null;
  /** The epoch, and how many bans had been ended, when there were no leftovers. */
  #clearedAt = "";
  #hasNoRoom = false;
  /** The epoch of a table that was too large for one ban more. */
  #fullAt = 0;
  #botsAsked = emptyTable.bots;
  #spared: { readonly of: SparedLists; readonly spared: Spared } | null = null;

  constructor(env: Env, bans: Bans) {
    this.#env = env;
    this.#bans = bans;
  }

  /** As it was last read; `null` before it was. */
  get table(): PublishedTable | null {
    return this.#table;
  }

  /** Without a table nothing is known to be spared: it is asked again when a ban is brought to it. */
  get spared(): Spared {
    const lists: SparedLists = this.#table?.table ?? emptyTable;
    const isOfOthers = this.#spared?.of.allowlist !== lists.allowlist || this.#spared.of.bots !== lists.bots;
    if (this.#spared === null || isOfOthers) this.#spared = { of: lists, spared: new Spared(lists) };
    return this.#spared.spared;
  }

  /** By which entry of the blacklist, as it was last read, a network is banned. */
  coverOf(cidr: Cidr, now: number): Cover | null {
    const blacklist = this.#table?.table.blacklist ?? new Map();
    return coverOf(blacklist, cidr, (id) => this.#bans.findEnded(id) !== null, now);
  }

  async read(): Promise<PublishedTable> {
    const ask = (request: SnapshotRequest) => routingTable(this.#env).snapshot(request);
    const next = await withTimeout(followTable(ask, this.#table, "shield", pause), TABLE_TIMEOUT_MS);
    if (!next.ok) throw new Error(next.error);
    // Of two readings at once, the one that began first may end last.
    if (this.#table === null || next.value.epoch >= this.#table.epoch) this.#table = next.value;
    return this.#table;
  }

  /** The bans whose entries people have made anew in the table as it was last read, to end sooner, and when. */
  shortened(): (readonly [ban: Ban, expiresAt: number])[] {
    const read = this.#table;
    return read === null ? [] : shortened(this.#bans.standing.values(), read.table.blacklist, read.epoch);
  }

  /** The bans in force whose entries people have taken out of the table as it was last read. */
  takenOut(now: number): Ban[] {
    const read = this.#table;
    return read === null ? [] : takenOut(this.#bans.standing.values(), read.table.blacklist, read.epoch, now);
  }

  /** The bans that stand of networks that have come to be a verified bot's, and why each may not. Each list is asked once. */
  ofBots(): (readonly [ban: Ban, why: string])[] {
    const { bots } = this.#table?.table ?? emptyTable;
    if (bots === this.#botsAsked) return [];
    this.#botsAsked = bots;
    const spared = Spared.bots(bots);
    return [...this.#bans.standing.values()].flatMap((ban) => {
      const cidr = parseCidr(ban.cidr);
      const by = cidr.ok ? spared.by(cidr.value) : null;
      return by === null ? [] : [[ban, sparedInWords(by)] as const];
    });
  }

  /**
   * Takes entries out whose bans were lifted while they were on their way. An entry that a person has made anew since is
   * no leftover.
   */
  async clearLeftovers(): Promise<void> {
    const { table, epoch } = this.#table ?? (await this.read());
    const at = `${epoch} ${this.#bans.ended}`;
    if (at === this.#clearedAt) return;
    const leftovers = [...table.blacklist].filter(([cidr, { ban: id, createdAt, expiresAt }]) => {
      if (id === undefined || this.#bans.standing.get(cidr)?.id === id) return false;
      const ban = this.#bans.findEnded(id);
      return ban && createdAt === Math.floor(ban.decidedAt) && expiresAt === Math.floor(ban.expiresAt);
    });
    if (leftovers.length > 0) {
      const entries = Object.fromEntries(leftovers.slice(0, MAX_BATCH).map(([cidr]) => [cidr, null]));
      await this.#apply(entries, "bans that were lifted", leftovers[0]?.[0] ?? "", epoch);
    } else this.#clearedAt = at;
  }

  /** Whether the blacklist had no room for bans when they were last brought. They stand, and wait. */
  get hasNoRoom(): boolean {
    return this.#hasNoRoom;
  }

  /**
   * Brings the bans that were decided to the blacklist, as one epoch; `null` where there are none. Of a batch that the
   * table objects to half is tried, down to a single ban.
   */
  async bring(): Promise<Brought | null> {
    let most = MAX_BATCH;
    for (let stale = 0; ; ) {
      const { table, epoch } = await this.read();
      const unlisted = [...this.#bans.standing.values()].filter(isUnlisted);
      if (unlisted.length === 0) this.#hasNoRoom = false;
      if (unlisted.length === 0 || epoch === this.#fullAt) return null;
      const list = enlist(unlisted, table.blacklist, this.spared, Date.now(), most);
      const { entries, entered } = list;
      if (entered.length === 0) return this.#settle(list, null, epoch);
      const reply = await this.#apply(entries, inWords(entered), entered[0]?.id ?? "", epoch);
      if (reply.kind === "objections" && entered.length > 1) most = entered.length >> 1;
      else if (reply.kind !== "stale") return this.#settle(list, reply, epoch);
      else if (++stale >= MAX_TRIES) throw new Error("the table moves on too fast");
    }
  }

  /** What has come of bans by the table's reply; `null` where it was not asked. Who finds no room waits. */
  #settle(list: Enlistment, reply: Exclude<Outcome, { kind: "stale" }> | null, epoch: number): Brought {
    const now = Date.now();
    const stored = reply?.kind === "applied" ? reply.epoch : epoch;
    const inForce = reply?.kind === "applied" ? list.entered : [];
    const isFull = reply?.kind === "objections" && reply.isForSize;
    if (isFull) this.#fullAt = epoch;
    this.#hasNoRoom = isFull || list.waiting.length > 0;
    const covered = list.covered.filter(({ state }) => state.kind === "deciding");
    const objected = reply?.kind === "objections" && !isFull ? list.entered : [];
    const detail = reply?.kind === "objections" ? reply.detail : "";
    return {
      inForce: [
        ...inForce.flatMap((ban) => this.#enforce(ban, stored, now)),
        ...covered.flatMap((ban) => this.#enforce(ban, null, now)),
      ],
      refused: [
        ...list.refused.flatMap(([ban, why]) => this.#refuse(ban, why, now)),
        ...objected.flatMap((ban) => this.#giveUp(ban, detail, now)),
      ],
      epoch: stored,
    };
  }

  /**
   * Makes the defences of the table what they are to be, by service. All others are ended. None begins where a person has
   * taken the matter over since it was decided.
   */
  async defend(wanted: ReadonlyMap<string, Defence>): Promise<Defended[]> {
    const { table, defences } = await this.read();
    const done: Defended[] = [];
    for (const service of new Set([...wanted.keys(), ...defences.keys()])) {
      const next = wanted.get(service) ?? null;
      const held = defences.get(service) ?? null;
      const mitigation = table.services.get(service as never)?.mitigation;
      if (mitigation === undefined || sameJson(held, next)) continue;
      if (next !== null && (mitigation.mode !== "auto" || mitigation.most === "observe")) continue;
      const wish = { service, next, expected: held?.attack ?? null };
      const reply = await withTimeout(routingTable(this.#env).setDefence(wish), TABLE_TIMEOUT_MS);
      // Where it was overtaken, the next run sees by whom.
      if (reply.ok) done.push({ service, defence: next, epoch: reply.value.epoch });
      else console.warn(`mitigator: the defence of ${service} was refused`, reply.error.kind);
    }
    if (done.length > 0) await this.read();
    return done;
  }

  async #apply(
    blacklist: Readonly<Record<string, unknown>>,
    summary: string,
    requestId: string,
    ifEpoch: number,
  ): Promise<Outcome> {
    const options = { actor: { principal: "shield", requestId }, summary, ifEpoch };
    return outcomeOf(await withTimeout(routingTable(this.#env).apply({ blacklist }, options), TABLE_TIMEOUT_MS));
  }

  /** What was decided may have been lifted meanwhile: then it stays so, and its entry is a leftover. */
  #enforce(ban: Ban, epoch: number | null, now: number): Ban[] {
    if (this.#bans.standing.get(ban.cidr)?.id !== ban.id) return [];
    const next: Ban = { ...ban, state: { kind: "in-force", at: now, epoch } };
    this.#bans.put(next);
    return [next];
  }

  /** It may not be: the offence counts as none. */
  #refuse(ban: Ban, detail: string, now: number): Ban[] {
    if (this.#bans.standing.get(ban.cidr)?.id !== ban.id) return [];
    return [this.#bans.end(ban, { kind: "refused", at: now, detail: detail.slice(0, 500) }, now)];
  }

  /** It cannot be: what was done stays on record, and nobody is banned for it before this ban would have ended. */
  #giveUp(ban: Ban, detail: string, now: number): Ban[] {
    if (this.#bans.standing.get(ban.cidr)?.id !== ban.id) return [];
    const refused: Ban = { ...ban, state: { kind: "refused", at: now, detail: detail.slice(0, 500) } };
    this.#bans.put(refused);
    return [refused];
  }
}

const inWords = (bans: readonly Ban[]): string =>
  bans.length === 1 ? `ban of ${bans[0]?.cidr}: ${bans[0]?.reason}` : `${bans.length} bans`;

type Outcome =
  | { readonly kind: "applied"; readonly epoch: number }
  | { readonly kind: "stale" }
  /** `isForSize`: there would be too much of something; else it is wrong. */
  | { readonly kind: "objections"; readonly detail: string; readonly isForSize: boolean };

function outcomeOf(
  reply: { readonly ok: true; readonly value: Applied } | { readonly ok: false; readonly error: ApplyRefusal },
): Outcome {
  if (reply.ok) return { kind: "applied", epoch: reply.value.epoch };
  switch (reply.error.kind) {
    case "stale":
      return { kind: "stale" };
    case "objections": {
      const { objections } = reply.error;
      return {
        kind: "objections",
        detail: listed(
          objections.map(({ detail }) => detail),
          "; ",
          MAX_DETAIL_CHARS,
        ),
        isForSize: objections.every(({ code }) => code === "too-many"),
      };
    }
    case "unknown-epoch":
      return { kind: "stale" };
  }
}
