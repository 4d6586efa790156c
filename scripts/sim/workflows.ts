import { failoverCoordinator } from "../../durable-objects/stubs.ts";
import { runFailover, type StageStanding, type StepRunner } from "../../src/failover/run.ts";
import type { Env, FailoverParams } from "../../workers/env.ts";
import { type Actor, actAs } from "./actor.ts";
import type { VirtualClock } from "./clock.ts";
import type { Dice } from "./dice.ts";

export interface WorkflowOptions {
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly site: string;
  /** The part of the steps after which whoever carries them out dies: half of them before the step is remembered. */
  readonly crashPart: number;
  readonly envOf: (actor: Actor) => Env;
}

/** Between two lives of an instance, and before its first. */
const START_MS = 50;
const MAX_TRIES = 6;
const RETRY_MS = 250;

/** Runs workflows as the platform does: steps at least once, what they gave remembered, begun again after each crash. */
export class SimulatedWorkflows {
  readonly #options: WorkflowOptions;
  /** What the steps of each instance gave. */
  readonly #instances = new Map<string, Map<string, StageStanding>>();

  constructor(options: WorkflowOptions) {
    this.#options = options;
  }

  /** The binding: an id is begun once. */
  get binding(): Env["FAILOVER"] {
    const create = async ({ params }: { readonly params?: FailoverParams } = {}) => {
      const id = params?.id ?? "";
      if (this.#instances.has(id)) throw new Error(`instance ${id} is there already`);
      this.#instances.set(id, new Map());
      this.#live(id);
      return { id };
    };
    // The coordinator uses no other part of it.
    return { create } as unknown as Env["FAILOVER"];
  }

  /** One life, which may end anywhere. */
  #live(id: string): void {
    const { clock, site, envOf } = this.#options;
    const actor: Actor = { name: "workflow", site, skewMs: 0, alive: true };
    const crash = (): Promise<never> => {
      actor.alive = false;
      this.#live(id);
      return new Promise(() => undefined);
    };
    const env = envOf(actor);
    const worker = {
      advance: (...args: Parameters<ReturnType<typeof failoverCoordinator>["advance"]>) =>
        failoverCoordinator(env).advance(...args),
      abandon: (...args: Parameters<ReturnType<typeof failoverCoordinator>["abandon"]>) =>
        failoverCoordinator(env).abandon(...args),
    };
    // One whose steps have failed too often is over.
    const run = () => void runFailover(id, worker, this.#steps(id, crash)).catch(() => undefined);
    clock.after(START_MS, () => actAs(actor, run));
  }

  #steps(id: string, crash: () => Promise<never>): StepRunner {
    const { dice, crashPart } = this.#options;
    const given = this.#instances.get(id) ?? new Map<string, StageStanding>();
    return {
      run: async (name, body) => {
        const remembered = given.get(name);
        if (remembered) return remembered;
        const standing = await insistently(body);
        const dies = dice.chance(crashPart);
        if (dies && dice.chance(0.5)) return crash();
        given.set(name, standing);
        return dies ? crash() : standing;
      },
      wait: sleep,
    };
  }
}

async function insistently(body: () => Promise<StageStanding>): Promise<StageStanding> {
  for (let tries = 1; ; tries++) {
    try {
      return await body();
    } catch (error) {
      if (tries === MAX_TRIES) throw error;
      await sleep("", RETRY_MS * 2 ** tries);
    }
  }
}

const sleep = (_name: string, ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
