import { failoverCoordinator, routingTable } from "../../durable-objects/stubs.ts";
import type { Env } from "../../workers/env.ts";
import { type Actor, actAs } from "./actor.ts";
import type { VirtualClock } from "./clock.ts";
import type { Transcript } from "./transcript.ts";

const LOOK_EVERY_MS = 1000;

export interface RegionGuardOptions {
  readonly actor: Actor;
  readonly env: Env;
  readonly clock: VirtualClock;
  readonly transcript: Transcript;
}

/** Looks at the table again and again, and asks for the failover of regions of which all backends are down. */
export class RegionGuard {
  readonly #options: RegionGuardOptions;

  constructor(options: RegionGuardOptions) {
    this.#options = options;
  }

  begin(): void {
    const { actor, clock } = this.#options;
    clock.after(LOOK_EVERY_MS, () => {
      void actAs(actor, () => this.#look()).catch(() => undefined);
      this.begin();
    });
  }

  async #look(): Promise<void> {
    const { env, clock, transcript, actor } = this.#options;
    const { table, health, failovers } = await routingTable(env).read();
    for (const region of table.regions.keys()) {
      const own = [...table.backends].filter(([, backend]) => backend.region === region);
      const isDown = own.length > 0 && own.every(([id]) => health.get(id)?.status === "down");
      if (!isDown || failovers.has(region)) continue;
      const trigger = { kind: "checks", since: Math.floor(clock.now), detail: "all of its backends are down" } as const;
      const asked = await failoverCoordinator(env).request({ region, trigger });
      if (asked.ok) transcript.write(actor.name, `failover of ${region}`);
    }
  }
}
