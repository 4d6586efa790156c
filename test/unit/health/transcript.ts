import { appear, type BackendHealth, type Observation, step } from "../../../src/health/hysteresis.ts";
import { backendIdSchema } from "../../../src/table/backend.ts";

export const start = Date.UTC(2026, 10, 23);
export const backend = backendIdSchema.parse("us-east-1-0");

/** What a check may find: a success, a refused connection, a timeout. */
type Finding = "s" | "f" | "t";

const observations: { readonly [finding in Finding]: { readonly takesMs: number; readonly observation: Observation } } =
  {
    s: { takesMs: 20, observation: { outcome: { kind: "success", latencyMs: 20, load: null }, detail: "200" } },
    f: { takesMs: 5, observation: { outcome: { kind: "failure" }, detail: "connection failed" } },
    t: { takesMs: 2000, observation: { outcome: { kind: "failure" }, detail: "timed out after 2000 ms" } },
  };

/** The state after each check of a script, each made when it was due. The phase is 0 to make times round. */
export function play(script: string): BackendHealth[] {
  const states: BackendHealth[] = [];
  let state: BackendHealth = { ...appear("weur", backend, start), nextCheckAt: start, phaseMs: 0 };
  for (const finding of script.replaceAll(" ", "") as Iterable<Finding>) {
    const { takesMs, observation } = observations[finding];
    state = step(state, observation, state.nextCheckAt + takesMs).state;
    states.push(state);
  }
  return states;
}

/** One line a check: when it ended, what it found, the status, when the next is due, and why. */
export function transcript(script: string): string {
  const findings = [...script.replaceAll(" ", "")];
  return play(script)
    .map(({ checkedAt, status, nextCheckAt, detail }, i) =>
      [
        seconds(checkedAt - start).padStart(9),
        findings[i],
        status.padEnd(7),
        `+${seconds(nextCheckAt - checkedAt)}`.padEnd(9),
        detail,
      ].join("  "),
    )
    .join("\n");
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(3)}s`;
