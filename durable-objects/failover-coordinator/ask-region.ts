import type { PublishedTable } from "../../src/table/table.ts";

const ASK_TIMEOUT_MS = 2000;
/** Backends that are asked of a region; one that answers is enough. */
const MAX_ASKED = 3;

/** Whether any of a region's backends that are up answers now that it is well. Never throws. */
export async function askRegion({ table, health }: PublishedTable, region: string): Promise<boolean> {
  const up = [...table.backends].filter(
    ([id, backend]) => backend.region === region && backend.state === "active" && health.get(id)?.status !== "down",
  );
  for (const [, { url, healthPath }] of up.slice(0, MAX_ASKED)) if (await isWell(url + healthPath)) return true;
  return false;
}

async function isWell(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      headers: { "User-Agent": "novacron-health/1" },
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
