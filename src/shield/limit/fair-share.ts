/**
 * What each of several demands gets of a rate, max-min fair: a small demand gets what it asks, and those that ask for
 * more than there is share the rest equally (Bertsekas and Gallager, "Data Networks", section 6.5.2). The result is the
 * level: each gets its demand or the level, whichever is less. Infinite when all can have what they ask.
 */
export function fairLevel(demands: readonly number[], rate: number): number {
  let left = rate;
  let sharers = demands.length;
  for (const demand of [...demands].sort((a, b) => a - b)) {
    const level = left / sharers;
    if (demand > level) return level;
    left -= demand;
    sharers -= 1;
  }
  return Number.POSITIVE_INFINITY;
}
