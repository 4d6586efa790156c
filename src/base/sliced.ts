/**
 * Long work cut into slices, so that an event loop can turn between them. It yields what it has cost since the last
 * yield, in microseconds by estimate: counted, not measured, since clocks of Workers stand still while code runs.
 */
export type Sliced<T> = Generator<number, T, undefined>;

/** Work goes on without a pause until it has cost so much, in estimated microseconds. */
const SLICE_COST = 1500;

/** Does the work with a pause after each slice. `pause` resolves in another turn of the event loop. */
export async function inSlices<T>(work: Sliced<T>, pause: () => Promise<void>): Promise<T> {
  let cost = 0;
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    cost += step.value;
    if (cost < SLICE_COST) continue;
    cost = 0;
    await pause();
  }
}

/** Does the work at once. */
export function atOnce<T>(work: Sliced<T>): T {
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}
