/**
 * Long work cut into slices, so that an event loop can turn between them. It yields what it has cost since the last
 * yield, in microseconds by estimate: counted, not measured, since clocks of Workers stand still while code runs.
 */
export type Sliced<T> = Generator<number, T, undefined>;

/**
 * What the first slice may cost, and any. Estimates are for code that has not been compiled; it is while it runs, so
 * that each slice may cost a part more than the one before.
 */
const FIRST_SLICE_COST = 1000;
const MAX_SLICE_COST = 2000;
const SLICE_GROWTH = 1.2;

/** Does the work with a pause after each slice. `pause` resolves in another turn of the event loop. */
export async function inSlices<T>(work: Sliced<T>, pause: () => Promise<void>): Promise<T> {
  let cost = 0;
  let limit = FIRST_SLICE_COST;
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    cost += step.value;
    if (cost < limit) continue;
    cost = 0;
    limit = Math.min(limit * SLICE_GROWTH, MAX_SLICE_COST);
    await pause();
  }
}

/** Does the work at once. */
export function atOnce<T>(work: Sliced<T>): T {
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}
