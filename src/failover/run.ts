import { type Stage, stages } from "./stage.ts";

/** How a stage stands after it was carried out once more. */
export type StageStanding =
  | { readonly kind: "done" }
  /** Not yet: to be carried out again. */
  | { readonly kind: "waiting"; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string }
  /** The failover is over, or was never begun. */
  | { readonly kind: "over" };

/** Who does the work. Every call may be repeated. */
export interface FailoverWorker {
  advance(id: string, stage: Stage): Promise<StageStanding>;
  /** Undoes what the failover has done to the traffic, and ends it. */
  abandon(id: string, failure: string): Promise<void>;
}

/** Carries steps out, each at least once, and remembers what they gave: a workflow, or what stands for one. */
export interface StepRunner {
  /** Rejects when the body has failed too often. */
  run(name: string, body: () => Promise<StageStanding>): Promise<StageStanding>;
  wait(name: string, ms: number): Promise<void>;
}

/** Between two looks at what is not there yet. */
const PAUSE_MS = 500;
/** Looks at one stage. */
const MAX_LOOKS = 16;

/** Takes a failover through its stages, or back when one of them fails. May be broken off and begun again anywhere. */
export async function runFailover(id: string, worker: FailoverWorker, steps: StepRunner): Promise<void> {
  for (const stage of stages) {
    const standing = await carryThrough(id, stage, worker, steps);
    if (standing.kind === "done") continue;
    if (standing.kind === "over") return;
    await steps.run("roll back", async () => {
      await worker.abandon(id, `${stage}: ${standing.detail}`);
      return { kind: "over" };
    });
    return;
  }
}

async function carryThrough(
  id: string,
  stage: Stage,
  worker: FailoverWorker,
  steps: StepRunner,
): Promise<StageStanding> {
  try {
    for (let look = 1; ; look++) {
      const standing = await steps.run(`${stage} ${look}`, () => worker.advance(id, stage));
      if (standing.kind !== "waiting") return standing;
      if (look === MAX_LOOKS) return { kind: "failed", detail: standing.detail };
      await steps.wait(`${stage} pause ${look}`, PAUSE_MS);
    }
  } catch (cause) {
    return { kind: "failed", detail: cause instanceof Error ? cause.message : String(cause) };
  }
}
