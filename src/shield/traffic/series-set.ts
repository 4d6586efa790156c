import { Detector, type DetectorState, type Judgement } from "../anomaly/detector.ts";
import type { Sensitivity } from "../anomaly/sensitivity.ts";
import { type Dimension, dimensions, isSampled, type Slice } from "./slice.ts";
import type { UsualShares } from "./usual-shares.ts";

/** The dimension of a service as a whole, and the value of what has no series of its own in a dimension. */
export const TOTAL = "total";
export const REST = "rest";
/** Values of a dimension with series of their own. */
const MAX_VALUES = 12;
/** They have at least so many requests a second when they get one, and lose it below so few. */
const LEAST_RATE = 10;
const LOST_RATE = 2;
/** A service is known so well after so many seconds that its largest values are its largest. */
const KNOWN_AFTER_S = 60;
/** What a value leaves behind in the rest when it gets a series of its own fades by half in so many seconds. */
const FADING_KEEP = 2 ** (-1 / 300);

/** What series are there in all: those of one service share a bound with those of others. */
export interface SeriesBudget {
  readonly sensitivity: Sensitivity;
  mayAdd(): boolean;
}

/** How one series was judged in a second. */
export interface SeriesJudgement {
  readonly dimension: Dimension | typeof TOTAL;
  readonly value: string;
  readonly rate: number;
  readonly detector: Detector;
  readonly judgement: Judgement;
}

interface Followed {
  readonly detector: Detector;
  /** Whether the rest is without it: from when it may act by itself, or from the first while the rest may not either. */
  isApart: boolean;
}

interface Rest {
  readonly detector: Detector;
  /** So that what changes between it and the series of values is no step. Requests a second. */
  fading: number;
}

/**
 * The series of one service: its total, the largest values of each dimension, and for each dimension of what is asked the
 * rest, so that a flood of what was never seen before has a series, too.
 */
export class SeriesSet {
  readonly #budget: SeriesBudget;
  readonly #total: Detector;
  readonly #rests = new Map<Dimension, Rest>();
  readonly #values = new Map<Dimension, Map<string, Followed>>();

  /** `restored` by key, as `records` gives them. */
  constructor(budget: SeriesBudget, restored: ReadonlyMap<string, DetectorState> = new Map()) {
    this.#budget = budget;
    this.#total = new Detector(budget.sensitivity, restored.get(keyOf(TOTAL, "")));
    for (const [key, state] of restored) {
      const { dimension, value, isRest } = partsOf(key);
      if (dimension === null) continue;
      const detector = new Detector(budget.sensitivity, state);
      if (isRest) this.#rests.set(dimension, { detector, fading: 0 });
      else this.#valuesOf(dimension).set(value, { detector, isApart: detector.mayAct });
    }
    for (const [dimension, values] of this.#values)
      for (const followed of values.values()) followed.isApart ||= !this.#restActs(dimension);
  }

  get size(): number {
    return 1 + this.#rests.size + [...this.#values.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get total(): Detector {
    return this.#total;
  }

  /** Those that there are, by key. */
  detectors(): Map<string, Detector> {
    const all = new Map([[keyOf(TOTAL, ""), this.#total]]);
    for (const [dimension, { detector }] of this.#rests) all.set(keyOf(REST, dimension), detector);
    for (const [dimension, values] of this.#values)
      for (const [value, { detector }] of values) all.set(keyOf(dimension, value), detector);
    return all;
  }

  /** `mayAccept`: whether what has been unusual for long may be taken for the new normal now. */
  observe(slice: Slice, mayAccept: boolean): SeriesJudgement[] {
    const at = slice.second * 1000;
    const judged: SeriesJudgement[] = [
      {
        dimension: TOTAL,
        value: TOTAL,
        rate: slice.total,
        detector: this.#total,
        judgement: this.#total.observe(at, slice.total, 1, mayAccept),
      },
    ];
    for (const dimension of dimensions) {
      // Where the samples of a second were lost, nothing is known of its values.
      if (isSampled(dimension) && slice.total > 0 && slice.samples.length === 0) continue;
      const counts = slice.counts.get(dimension) ?? new Map<string, number>();
      const standsFor = isSampled(dimension) ? slice.standsFor : 1;
      const values = this.#values.get(dimension);
      let apart = 0;
      for (const [value, followed] of values ?? []) {
        const { detector } = followed;
        const rate = counts.get(value) ?? 0;
        const judgement = detector.observe(at, rate, standsFor, mayAccept);
        this.#setApart(dimension, followed, judgement);
        if (followed.isApart) apart += rate;
        judged.push({ dimension, value, rate, detector, judgement });
      }
      const rest = this.#rests.get(dimension);
      if (!rest) continue;
      const rate = Math.max(0, slice.total - apart);
      rest.fading *= FADING_KEEP;
      const judgement = rest.detector.observe(at, Math.max(0, rate + rest.fading), standsFor, mayAccept);
      judged.push({ dimension, value: REST, rate, detector: rest.detector, judgement });
    }
    return judged;
  }

  /** Follows the values that have become large, and those no longer that have become small. In quiet times. */
  adapt(usual: UsualShares): void {
    const knownAfter = Math.min(KNOWN_AFTER_S, this.#budget.sensitivity.leastAge);
    if (usual.age < knownAfter) return;
    for (const dimension of dimensions) {
      this.#dropSmall(dimension, usual);
      if (usual.rate >= LEAST_RATE) this.#addLarge(dimension, usual);
    }
  }

  #dropSmall(dimension: Dimension, usual: UsualShares): void {
    const values = this.#values.get(dimension);
    for (const [value, { isApart }] of values ?? []) {
      const rate = usual.share(dimension, value) * usual.rate;
      if (rate >= LOST_RATE) continue;
      values?.delete(value);
      const rest = this.#rests.get(dimension);
      if (rest && isApart) rest.fading -= rate;
    }
  }

  #addLarge(dimension: Dimension, usual: UsualShares): void {
    if (isSampled(dimension) && !this.#rests.has(dimension) && this.#budget.mayAdd())
      this.#rests.set(dimension, { detector: new Detector(this.#budget.sensitivity), fading: 0 });
    const values = this.#valuesOf(dimension);
    if (values.size >= MAX_VALUES) return;
    for (const [value, share] of usual.values(dimension)) {
      if (share * usual.rate < LEAST_RATE || values.has(value)) continue;
      if (values.size >= MAX_VALUES || !this.#budget.mayAdd()) return;
      values.set(value, {
        detector: new Detector(this.#budget.sensitivity),
        isApart: !this.#restActs(dimension),
      });
    }
  }

  #setApart(dimension: Dimension, followed: Followed, { expected, event }: Judgement): void {
    if (followed.isApart || !followed.detector.mayAct || event !== null) return;
    followed.isApart = true;
    const rest = this.#rests.get(dimension);
    if (rest) rest.fading += expected ?? 0;
  }

  #restActs(dimension: Dimension): boolean {
    return this.#rests.get(dimension)?.detector.mayAct === true;
  }

  #valuesOf(dimension: Dimension): Map<string, Followed> {
    let values = this.#values.get(dimension);
    if (!values) {
      values = new Map();
      this.#values.set(dimension, values);
    }
    return values;
  }
}

/** A value may hold anything, so that it comes last. */
const keyOf = (dimension: string, value: string): string => `${dimension} ${value}`;

function partsOf(key: string): { dimension: Dimension | null; value: string; isRest: boolean } {
  const space = key.indexOf(" ");
  const [first, value] = [key.slice(0, space), key.slice(space + 1)];
  const isRest = first === REST;
  const named = isRest ? value : first;
  return { dimension: dimensions.find((dimension) => dimension === named) ?? null, value, isRest };
}
