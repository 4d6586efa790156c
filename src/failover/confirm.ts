import type { PublishedTable } from "../table/table.ts";
import type { Trigger } from "./trigger.ts";

/** The part of a region's connections that is up, of backends that are not disabled; `null` where it has none. */
export function partUp({ table, health }: Pick<PublishedTable, "table" | "health">, region: string): number | null {
  let all = 0;
  let up = 0;
  for (const [id, backend] of table.backends) {
    if (backend.region !== region || backend.state === "disabled") continue;
    all += backend.connections;
    if (health.get(id)?.status !== "down") up += backend.connections;
  }
  return all === 0 ? null : up / all;
}

/** A region of which less is up is not well. */
export const MIN_UP = 0.5;

/** Whether there is still a reason to fail a region over, in words; `null` when it has passed. */
export function confirmTrigger(published: PublishedTable, region: string, trigger: Trigger): string | null {
  if (trigger.kind !== "checks") return trigger.detail;
  const up = partUp(published, region);
  return up === null || up < MIN_UP ? trigger.detail : null;
}
