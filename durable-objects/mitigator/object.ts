import { DurableObject } from "cloudflare:workers";
import type { AttackReport, Breach } from "../../src/shield/attack.ts";
import type { Env } from "../../workers/env.ts";
import type { MitigatorApi } from "./api.ts";

export class Mitigator extends DurableObject<Env> implements MitigatorApi {
  async attacked(_report: AttackReport): Promise<void> {}

  async sighted(_clients: readonly { client: string; at: number }[]): Promise<void> {}

  async breached(_breach: Breach): Promise<void> {}
}
