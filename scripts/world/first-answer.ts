import { z } from "zod";

/** As in `workers/edge/app.ts`, which would bring all of the edge into this process. */
const HEALTH_PATH = "/.well-known/novacron/health";
const TIMEOUT_MS = 20_000;
const POLL_MS = 25;

const healthSchema = z.object({ status: z.string(), epoch: z.int().nullable() });

/** `decides`: whether the edge has the table that it should; what it does by that is its operators' matter. */
interface Answer {
  readonly kind: "served" | "refused" | "failed";
  readonly decides: boolean;
  readonly what: string;
}

/**
 * Waits until the edge serves by a table of that epoch or a later one. `null`, or else what it answers in place of that: it may
 * be told to refuse, and the world must start all the same, as who told it so needs the control plane to take it back.
 */
export async function firstAnswer(edge: string, epoch: number, timeoutMs = TIMEOUT_MS): Promise<string | null> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { kind, decides, what } = await ask(edge, epoch, timeoutMs);
    if (decides && kind === "served") return null;
    if (decides && kind === "refused") return what;
    if (performance.now() > deadline) {
      if (decides) return what;
      throw new Error(`the edge does not serve: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function ask(edge: string, epoch: number, timeoutMs: number): Promise<Answer> {
  let decides = false;
  // Where a backend redirects to is not followed.
  const get = (path: string) => fetch(`${edge}${path}`, { redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
  try {
    const health = await get(HEALTH_PATH).then((response) => response.text());
    const { status, epoch: held } = healthSchema.parse(JSON.parse(health));
    decides = status === "ok" && held !== null && held >= epoch;
    if (!decides) return { kind: "failed", decides, what: health };
    const response = await get("/");
    const what = `${response.status} ${(await response.text()).slice(0, 300)}`;
    const kind = response.status < 400 ? "served" : response.status < 500 ? "refused" : "failed";
    return { kind, decides, what };
  } catch (error) {
    return { kind: "failed", decides, what: error instanceof Error ? error.message : String(error) };
  }
}
