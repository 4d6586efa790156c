import { findAttack, listAttacks } from "../../src/adapters/d1/attacks.ts";
import { findBan, listBans } from "../../src/adapters/d1/bans.ts";
import { listAlerts } from "../../src/adapters/d1/shield-alerts.ts";
import type { Ban } from "../../src/shield/ban/ban.ts";
import type { Alert } from "../../src/shield/mitigation/alert.ts";
import type { AttackRecord } from "../../src/shield/mitigation/attack-record.ts";
import { withTimeout } from "../with-timeout.ts";
import type { Alerts } from "./alerts.ts";
import type { AttackQuery, BanQuery } from "./api.ts";
import type { Attacks } from "./attacks.ts";
import type { Bans } from "./bans.ts";
import { clamp, newestFirst } from "./paging.ts";

const D1_TIMEOUT_MS = 3000;
const MAX_ATTACKS_LISTED = 200;
const MAX_BANS_LISTED = 1000;
const MAX_ALERTS_LISTED = 500;

/** What is kept here, and behind it what D1 has kept for longer. While D1 is down, only what is here. */
export class Archive {
  readonly #kept: { readonly attacks: Attacks; readonly bans: Bans; readonly alerts: Alerts };
  readonly #db: D1Database;

  constructor(kept: { readonly attacks: Attacks; readonly bans: Bans; readonly alerts: Alerts }, db: D1Database) {
    this.#kept = kept;
    this.#db = db;
  }

  async attacks({ limit, before, service, open }: AttackQuery): Promise<readonly AttackRecord[]> {
    const size = clamp(limit, MAX_ATTACKS_LISTED);
    const ongoing = [...this.#kept.attacks.open.values()].map(({ record }) => record);
    const own = ongoing.filter(
      (record) => (before === null || record.id < before) && (service === null || record.service === service),
    );
    if (!open) own.push(...this.#kept.attacks.over(size, before, service));
    const found = own.sort(newestFirst).slice(0, size);
    const older = (limit: number, before: string | null) => listAttacks(this.#db, { limit, before, service });
    return open ? found : this.#continued(found, size, before, older);
  }

  async attack(id: string): Promise<AttackRecord | null> {
    return this.#kept.attacks.find(id) ?? (await this.#fromD1(findAttack(this.#db, id), null));
  }

  async bans({ limit, before, cidr, standing }: BanQuery): Promise<readonly Ban[]> {
    const size = clamp(limit, MAX_BANS_LISTED);
    const found = this.#kept.bans.list(size, before, cidr, standing);
    const older = (limit: number, before: string | null) => listBans(this.#db, { limit, before, cidr });
    return standing ? found : this.#continued(found, size, before, older);
  }

  async ban(id: string): Promise<Ban | null> {
    return this.#kept.bans.find(id) ?? (await this.#fromD1(findBan(this.#db, id), null));
  }

  async alerts(limit: number, before: string | null): Promise<readonly Alert[]> {
    const size = clamp(limit, MAX_ALERTS_LISTED);
    const found = this.#kept.alerts.list(size, before);
    return this.#continued(found, size, before, (limit, before) => listAlerts(this.#db, limit, before));
  }

  /** Newest first: what was found, and then what is older. */
  async #continued<T extends { readonly id: string }>(
    found: readonly T[],
    size: number,
    before: string | null,
    older: (limit: number, before: string | null) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    if (found.length >= size) return found;
    return [...found, ...(await this.#fromD1(older(size - found.length, found.at(-1)?.id ?? before), []))];
  }

  async #fromD1<T>(asked: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await withTimeout(asked, D1_TIMEOUT_MS);
    } catch (error) {
      console.warn("mitigator: D1 could not be read", error);
      return otherwise;
    }
  }
}
