const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What `sinceSchema` takes, a time or how long ago, in Unix milliseconds. */
export function toUnixMs(since: string, now: number): number {
  const unit = unitMs[since.slice(-1) as keyof typeof unitMs];
  return unit === undefined ? Date.parse(since) : now - Number(since.slice(0, -1)) * unit;
}
