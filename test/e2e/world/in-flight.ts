import type { World } from "./world.ts";

/** Checks are in progress for milliseconds: one of so many readings is between two of them. */
const READINGS = 10;

/** Requests in progress at a node that stay, with the one that asks: a fraction of what the node can take. */
export async function inFlightAt(world: World, backend: string): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let reading = 0; reading < READINGS; reading++) {
    const load = await fetch(`${world.node(backend).url}/load`);
    least = Math.min(least, ((await load.json()) as { inFlight: number }).inFlight);
  }
  return least;
}
