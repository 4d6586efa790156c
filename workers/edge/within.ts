/** The result of the work, or `late` when it has not ended in time. The work itself goes on. */
export function within<T, L>(work: Promise<T>, timeoutMs: number, late: L): Promise<T | L> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const timeout = new Promise<L>((resolve) => {
    timer = setTimeout(() => resolve(late), timeoutMs);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
