import { hashText } from "../../src/base/hash.ts";
import type { Sql } from "../../src/base/sql.ts";
import { type Ban, banSchema, isStanding } from "../../src/shield/ban/ban.ts";
import { absolve, type Offender, offenderSchema, unknownOffender } from "../../src/shield/ban/escalation.ts";
import type { Evidence } from "../../src/shield/ban/evidence.ts";
import { reasonOf } from "../../src/shield/ban/words.ts";

/** Bans that stand at a time. More would crowd people's own entries out of the table. */
export const MAX_STANDING = 10_000;
/** Bans that are over and kept here; D1 has them longer. */
const MAX_OVER = 10_000;
/** Addresses and prefixes that are remembered; those whose ban ended first give way. */
const MAX_OFFENDERS = 50_000;

type Row = { readonly id: string; readonly version: number; readonly json: string };

/** Bans in memory (those that stand) and SQLite, and the record of who was banned. */
export class Bans {
  readonly #sql: Sql;
  /** By CIDR. */
  readonly #standing = new Map<string, Ban>();

  #ended = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
    for (const row of sql.exec<Row>("SELECT id, version, json FROM ban WHERE is_standing = 1 ORDER BY id"))
      for (const ban of readBan(row)) this.#standing.set(ban.cidr, ban);
  }

  get standing(): ReadonlyMap<string, Ban> {
    return this.#standing;
  }

  /** How many have been ended before their time, since the object was started. */
  get ended(): number {
    return this.#ended;
  }

  get isFull(): boolean {
    return this.#standing.size >= MAX_STANDING;
  }

  /** Good clients that the bans in force touch. */
  get touched(): number {
    let sum = 0;
    for (const { touches } of this.#standing.values()) sum += touches;
    return sum;
  }

  offender(cidr: string): Offender {
    const [row] = this.#sql.exec<{ json: string }>("SELECT json FROM offender WHERE cidr = ?", cidr);
    return (row && offenderSchema.safeParse(JSON.parse(row.json)).data) ?? unknownOffender;
  }

  remember(cidr: string, offender: Offender): void {
    this.#sql.exec(
      `INSERT INTO offender VALUES (?1, ?2, ?3)
       ON CONFLICT DO UPDATE SET ends_at = excluded.ends_at, json = excluded.json`,
      cidr,
      Math.floor(Math.max(offender.endsAt, offender.forgivenUntil ?? 0)),
      JSON.stringify(offender),
    );
  }

  /** A ban from now on, which the table is to be told. */
  decide(
    cidr: string,
    evidence: Evidence,
    { offence, seconds, offender }: { readonly offence: number; readonly seconds: number; readonly offender: Offender },
    { by, touches, now }: { readonly by: string; readonly touches: number; readonly now: number },
  ): Ban {
    const ban: Ban = {
      id: idAt(now, cidr),
      cidr,
      reason: reasonOf(evidence).slice(0, 500),
      evidence,
      offence,
      by: by.slice(0, 200),
      decidedAt: now,
      expiresAt: now + seconds * 1000,
      touches,
      state: { kind: "deciding" },
    };
    this.remember(cidr, offender);
    this.put(ban);
    return ban;
  }

  put(ban: Ban): void {
    const stands = ban.state.kind === "deciding" || ban.state.kind === "in-force";
    if (stands) this.#standing.set(ban.cidr, ban);
    else if (this.#standing.get(ban.cidr)?.id === ban.id) this.#standing.delete(ban.cidr);
    this.#sql.exec(
      `INSERT INTO ban VALUES (?1, ?2, 1, 0, ?3, ?4)
       ON CONFLICT DO UPDATE SET version = version + 1, is_standing = excluded.is_standing, json = excluded.json`,
      ban.id,
      ban.cidr,
      stands ? 1 : 0,
      JSON.stringify(ban),
    );
  }

  /** Ends a ban by the word of a person, or because it may not be: its offence counts as none. */
  end(ban: Ban, state: Ban["state"], now: number): Ban {
    const ended = { ...ban, state };
    this.#ended += 1;
    this.put(ended);
    this.remember(ban.cidr, absolve(this.offender(ban.cidr), now));
    return ended;
  }

  /** A person's entry has taken its place, and ends sooner: so does the ban. It has run its time then, and is an offence. */
  shorten(ban: Ban, expiresAt: number): Ban {
    const shortened = { ...ban, expiresAt };
    this.put(shortened);
    this.remember(ban.cidr, { ...this.offender(ban.cidr), endsAt: expiresAt });
    return shortened;
  }

  /** Those that have run their time. */
  expire(now: number): Ban[] {
    const expired = [...this.#standing.values()].filter((ban) => !isStanding(ban, now));
    for (const ban of expired) this.put({ ...ban, state: { kind: "expired", at: now } });
    return expired;
  }

  /** Takes out what is too much. */
  trim(): void {
    this.#sql.exec(
      "DELETE FROM ban WHERE id IN (SELECT id FROM ban WHERE is_standing = 0 ORDER BY id DESC LIMIT -1 OFFSET ?)",
      MAX_OVER,
    );
    this.#sql.exec(
      "DELETE FROM offender WHERE cidr IN (SELECT cidr FROM offender ORDER BY ends_at DESC LIMIT -1 OFFSET ?)",
      MAX_OFFENDERS,
    );
  }

  /** Newest first. */
  list(limit: number, before: string | null, cidr: string | null, standing: boolean): Ban[] {
    const rows = this.#sql.exec<Row>(
      `SELECT id, version, json FROM ban
       WHERE id < coalesce(?1, 'zzzzzzzzzz') AND cidr = coalesce(?2, cidr) AND is_standing >= ?3
       ORDER BY id DESC LIMIT ?4`,
      before,
      cidr,
      standing ? 1 : 0,
      limit,
    );
    return [...rows].flatMap(readBan);
  }

  find(id: string): Ban | null {
    const rows = this.#sql.exec<Row>("SELECT id, version, json FROM ban WHERE id = ?", id);
    return [...rows].flatMap(readBan)[0] ?? null;
  }

  /** The ban of a record that has ended before its time; `null` where there is none, or it has not. */
  findEnded(id: string): Ban | null {
    const ban = this.find(id);
    return ban?.state.kind === "lifted" || ban?.state.kind === "refused" ? ban : null;
  }

  /** Those that D1 is to have, with the version that they are now. */
  waiting(limit: number): { readonly ban: Ban; readonly version: number }[] {
    const rows = this.#sql.exec<Row>(
      "SELECT id, version, json FROM ban WHERE copied < version ORDER BY id LIMIT ?",
      limit,
    );
    return [...rows].flatMap((row) => readBan(row).map((ban) => ({ ban, version: row.version })));
  }

  /** D1 has these versions. */
  copied(taken: Readonly<ReturnType<Bans["waiting"]>>): void {
    for (const { ban, version } of taken) this.#sql.exec("UPDATE ban SET copied = ? WHERE id = ?", version, ban.id);
  }
}

/** Ids are in the order of time, and of one moment different for each name. */
export const idAt = (now: number, name: string): string =>
  `${Math.max(0, Math.floor(now)).toString(36).padStart(9, "0")}-${hashText(name).toString(36).padStart(7, "0")}`;

function readBan({ json }: { readonly json: string }): Ban[] {
  const read = banSchema.safeParse(JSON.parse(json));
  return read.success ? [read.data] : [];
}
