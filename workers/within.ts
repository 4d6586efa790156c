/** The result of the work, or `late` when it has not ended in time. The work itself goes on. */
export function within<T, L>(work: Promise<T>, timeoutMs: number, late: L): Promise<T | L> {
  const { promise: timeout, resolve } = Promise.withResolvers<L>();
  const timer = setTimeout(() => resolve(late), timeoutMs);
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
