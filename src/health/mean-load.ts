import type { Load } from "../table/verdict.ts";

/** Part by part; `null` where nobody tells a load. */
export function meanLoad(loads: readonly Load[]): Load | null {
  if (loads.length === 0) return null;
  const mean = (part: keyof Load) => loads.reduce((sum, load) => sum + load[part], 0) / loads.length;
  return {
    cpu: mean("cpu"),
    memory: mean("memory"),
    disk: mean("disk"),
    network: mean("network"),
    inFlight: mean("inFlight"),
  };
}
