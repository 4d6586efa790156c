import { deleteAttacksBefore, keepAttacks } from "../../src/adapters/d1/attacks.ts";
import { deleteBansBefore, keepBans } from "../../src/adapters/d1/bans.ts";
import { deleteAlertsBefore, keepAlerts } from "../../src/adapters/d1/shield-alerts.ts";
import { withTimeout } from "../with-timeout.ts";
import type { Alerts } from "./alerts.ts";
import type { Attacks } from "./attacks.ts";
import type { Bans } from "./bans.ts";

/** Of each kind in one flush. An attack's record may have 150 KB, and D1 takes 2 MB at once. */
const FLUSH_ATTACKS = 10;
const FLUSH_ROWS = 200;
const TIMEOUT_MS = 10_000;
const RETRY_MS = 2000;
const MAX_RETRY_MS = 300_000;
const KEPT_MS = 90 * 86_400_000;
const SWEEP_EVERY_MS = 86_400_000;

/** Brings attacks, bans and alerts to D1, again and again until D1 takes them. */
export class Courier {
  readonly #storage: DurableObjectStorage;
  readonly #kept: { readonly attacks: Attacks; readonly bans: Bans; readonly alerts: Alerts };
  readonly #db: D1Database;
  #retryAt = 0;
  #failures = 0;
  #sweptAt = 0;
  #isUnderway = false;

  constructor(storage: DurableObjectStorage, kept: { attacks: Attacks; bans: Bans; alerts: Alerts }, db: D1Database) {
    this.#storage = storage;
    this.#kept = kept;
    this.#db = db;
  }

  /** Sends one batch, if there is one and it is time, and none is on its way. Never throws: what D1 refuses stays. */
  async run(now: number): Promise<void> {
    if (this.#isUnderway || (now < this.#retryAt && this.#retryAt - now <= MAX_RETRY_MS)) return;
    const attacks = this.#kept.attacks.waiting(FLUSH_ATTACKS);
    const bans = this.#kept.bans.waiting(FLUSH_ROWS);
    const alerts = this.#kept.alerts.waiting(FLUSH_ROWS);
    const sweeps = Math.abs(now - this.#sweptAt) >= SWEEP_EVERY_MS;
    if (attacks.length + bans.length + alerts.length === 0 && !sweeps) return;
    this.#isUnderway = true;
    try {
      await withTimeout(this.#send({ attacks, bans, alerts }, sweeps, now - KEPT_MS), TIMEOUT_MS);
      this.#failures = 0;
      if (sweeps) this.#sweptAt = now;
      this.#storage.transactionSync(() => {
        this.#kept.attacks.copied(attacks);
        this.#kept.bans.copied(bans);
        this.#kept.alerts.copied(alerts);
      });
    } catch (cause) {
      this.#failures += 1;
      this.#retryAt = now + Math.min(RETRY_MS * 2 ** (this.#failures - 1), MAX_RETRY_MS);
      console.warn(`mitigator: D1 took nothing ${this.#failures} times in a row`, cause);
    } finally {
      this.#isUnderway = false;
    }
  }

  #send(
    {
      attacks,
      bans,
      alerts,
    }: {
      readonly attacks: ReturnType<Attacks["waiting"]>;
      readonly bans: ReturnType<Bans["waiting"]>;
      readonly alerts: ReturnType<Alerts["waiting"]>;
    },
    sweeps: boolean,
    before: number,
  ): Promise<unknown> {
    const db = this.#db;
    const records = attacks.map(({ record }) => record);
    return db.batch([
      keepAttacks(db, records),
      keepBans(
        db,
        bans.map(({ ban }) => ban),
      ),
      keepAlerts(db, alerts),
      ...(sweeps
        ? [deleteAttacksBefore(db, before), deleteBansBefore(db, before), deleteAlertsBefore(db, before)]
        : []),
    ]);
  }
}
