import type { AttackReport, Breach } from "../../src/shield/attack.ts";

/** Decides what is done about attacks: bans, and defences of services. Its name is `global`. */
export interface MitigatorApi {
  /** Told by anomaly detectors once a second while an attack lasts, and when it ends. */
  attacked(report: AttackReport): Promise<void>;
  /**
   * Clients that were served well in quiet times, at most 500: the detector of all traffic tells a sample of them about
   * once a minute. `at` in Unix milliseconds.
   */
  sighted(clients: readonly { client: string; at: number }[]): Promise<void>;
  /** Told by rate limiters. */
  breached(breach: Breach): Promise<void>;
}
