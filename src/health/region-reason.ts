import { z } from "zod";

/** Why a region is in its state. Rates and loads are 0 to 1. */
export const regionReasonSchema = z.discriminatedUnion("kind", [
  /** People have set it. */
  z.object({ kind: z.literal("set"), state: z.enum(["maintenance", "draining"]) }),
  /** A trigger of failover holds. */
  z.object({ kind: z.literal("trigger"), trigger: z.enum(["checks", "latency", "errors"]), detail: z.string() }),
  /** It has failed too often of late. `until` in Unix milliseconds, at the earliest. */
  z.object({ kind: z.literal("flapping"), until: z.number() }),
  z.object({ kind: z.literal("backends-down"), down: z.int(), total: z.int() }),
  z.object({
    kind: z.literal("load"),
    part: z.enum(["cpu", "memory", "disk", "network"]),
    value: z.number(),
    target: z.number(),
  }),
  z.object({ kind: z.literal("errors"), rate: z.number(), bound: z.number() }),
  z.object({ kind: z.literal("latency"), p95Ms: z.number(), boundMs: z.number() }),
]);
export type RegionReason = z.infer<typeof regionReasonSchema>;

export function inWords(reason: RegionReason): string {
  switch (reason.kind) {
    case "set":
      return `set to ${reason.state}`;
    case "trigger":
      return reason.detail;
    case "flapping":
      return `held failed for flapping until ${new Date(reason.until).toISOString()} at least`;
    case "backends-down":
      return `${reason.down} of ${reason.total} backends are down`;
    case "load":
      return `${reason.part} at ${percent(reason.value)}, over ${percent(reason.target)}`;
    case "errors":
      return `${percent(reason.rate)} of requests fail, over ${percent(reason.bound)}`;
    case "latency":
      return `p95 latency ${Math.round(reason.p95Ms)} ms, over ${Math.round(reason.boundMs)} ms`;
  }
}

/** With a digit behind the point below ten. */
export function percent(part: number): string {
  const value = part * 100;
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
}
