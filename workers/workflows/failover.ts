import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { failoverCoordinator } from "../../durable-objects/stubs.ts";
import { runFailover, type StepRunner } from "../../src/failover/run.ts";
import type { Env, FailoverParams } from "../env.ts";

/** Of a step whose body throws: the coordinator, or the table behind it, cannot be reached. */
const RETRIES = { limit: 6, delay: 250, backoff: "exponential" } as const;
const STEP_TIMEOUT_MS = 30_000;

/** Takes one failover through its stages, each a step. */
export class FailoverWorkflow extends WorkflowEntrypoint<Env, FailoverParams> {
  override async run({ payload }: WorkflowEvent<FailoverParams>, step: WorkflowStep): Promise<void> {
    const steps: StepRunner = {
      run: (name, body) => step.do(name, { retries: RETRIES, timeout: STEP_TIMEOUT_MS }, body),
      wait: (name, ms) => step.sleep(name, ms),
    };
    // Asked anew for each call: a stub that has seen its object abort stays broken.
    await runFailover(
      payload.id,
      {
        advance: (...args) => failoverCoordinator(this.env).advance(...args),
        abandon: (...args) => failoverCoordinator(this.env).abandon(...args),
      },
      steps,
    );
  }
}
