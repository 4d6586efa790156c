import type { AttackReport, Breach } from "../../src/shield/attack.ts";

/** Decides what is done about attacks: bans, and defences of services. Its name is `global`. */
export interface MitigatorApi {
  /** Told by anomaly detectors once a second while an attack lasts, and when it ends. */
  attacked(report: AttackReport): Promise<void>;
  /** Told by rate limiters. */
  breached(breach: Breach): Promise<void>;
}
