export interface Weighted {
  readonly weight: number;
}

/**
 * At most `size` of these, which together stand for as much: each is taken as often as its weight is of a step, beginning
 * at `unit`, in [0, 1), of the first one (systematic resampling; Kitagawa, "Monte Carlo Filter and Smoother", 1996).
 */
export function resample<T extends Weighted>(samples: readonly T[], size: number, unit: number): T[] {
  if (samples.length <= size) return [...samples];
  const total = weightOf(samples);
  const step = total / size;
  const taken: T[] = [];
  let mark = unit * step;
  let passed = 0;
  for (const sample of samples) {
    passed += sample.weight;
    let times = 0;
    // Rounding must not take one too many at the end.
    while (mark < passed && taken.length + times < size) {
      times += 1;
      mark += step;
    }
    if (times > 0) taken.push({ ...sample, weight: times * step });
  }
  return taken;
}

export const weightOf = (samples: readonly Weighted[]): number => samples.reduce((sum, { weight }) => sum + weight, 0);

/** The same, standing for so much together. */
export function scaleTo<T extends Weighted>(samples: readonly T[], total: number): T[] {
  const before = weightOf(samples);
  if (before === 0 || total <= 0) return [];
  return samples.map((sample) => ({ ...sample, weight: (sample.weight * total) / before }));
}
