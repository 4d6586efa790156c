import { Random } from "../../src/base/random.ts";

export const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;
/** A Monday, Unix milliseconds. */
export const TRAFFIC_STARTS_AT = Date.UTC(2026, 10, 2);

/** A dimension of traffic, counted once a second. */
export interface Traffic {
  readonly name: string;
  readonly seed: number;
  /** Requests a second on average over a day. */
  readonly mean: number;
  /** Standard deviation beyond that of independent arrivals, as a part of the mean; it lasts by `memory`. */
  readonly spread: number;
  /** Correlation of that part from one second to the next, in [0, 1). */
  readonly memory: number;
}

/** Something that happens to traffic. Seconds since the start; `until` is the first one after it. */
export interface Happening {
  readonly kind: "attack" | "silence" | "ramp" | "flash crowd" | "launch";
  readonly from: number;
  readonly until: number;
  /** Of an attack, standard deviations of the noise; of a silence, the part that goes; of others, a multiple. */
  readonly size: number;
}

/** Attacks and other happenings of a number of days, apart by at least twenty minutes. */
export function happeningsOf(seed: number, fromDay: number, days: number): Happening[] {
  const random = new Random([seed, 7, 9]);
  const between = (low: number, high: number) => low + random.unit() * (high - low);
  const happenings: Happening[] = [];
  let at = fromDay * DAY_S + 1800;
  while (at < (fromDay + days) * DAY_S - 4 * 3600) {
    const dice = random.unit();
    const from = Math.floor(at);
    const lasting = (seconds: number) => Math.floor(from + seconds);
    if (dice < 0.6) happenings.push({ kind: "attack", from, until: lasting(between(30, 600)), size: between(5, 25) });
    else if (dice < 0.75)
      happenings.push({ kind: "silence", from, until: lasting(between(30, 600)), size: between(0.9, 1) });
    else if (dice < 0.85) happenings.push({ kind: "ramp", from, until: lasting(1800), size: between(3, 6) });
    else if (dice < 0.95) happenings.push({ kind: "flash crowd", from, until: lasting(2400), size: between(1.5, 3) });
    else happenings.push({ kind: "launch", from, until: lasting(3 * 3600), size: between(1.4, 2) });
    // The end of a launch is a step, too, of which nothing can be told before it is accepted.
    const settling = happenings.at(-1)?.kind === "launch" ? 4000 : 0;
    at = (happenings.at(-1)?.until ?? at) + settling + between(1200, 3600);
  }
  return happenings;
}

/** Requests of each second. */
export function* requests(traffic: Traffic, seconds: number, happenings: readonly Happening[]): Generator<number> {
  const random = new Random([traffic.seed, 1, 2]);
  const { spread, memory } = traffic;
  let drift = 0;
  let next = 0;
  for (let second = 0; second < seconds; second++) {
    while (second >= (happenings[next]?.until ?? Number.POSITIVE_INFINITY)) next += 1;
    const happening = happenings[next];
    drift = memory * drift + Math.sqrt(1 - memory ** 2) * normal(random);
    const usual = traffic.mean * season(second);
    const sigma = Math.sqrt(usual + (spread * usual) ** 2);
    const expected = happening && second >= happening.from ? changed(happening, second, usual, sigma) : usual;
    const rate = Math.max(0, expected * (1 + spread * drift));
    yield Math.max(0, Math.round(rate + Math.sqrt(rate) * normal(random)));
  }
}

function changed({ kind, from, until, size }: Happening, second: number, usual: number, sigma: number): number {
  const part = (second - from) / (until - from);
  switch (kind) {
    case "attack":
      return usual + size * sigma;
    case "silence":
      return usual * (1 - size);
    case "ramp":
      return usual * (1 + (size - 1) * part);
    case "flash crowd":
      // Rises within a few minutes, and ebbs away.
      return usual * (1 + (size - 1) * Math.min(1, part * 10) * (1 - part));
    case "launch":
      return usual * size;
  }
}

/** Nights are quiet, evenings are not, and weekends have less. */
function season(second: number): number {
  const day = 1 + 0.45 * Math.sin((2 * Math.PI * (second - 8 * 3600)) / DAY_S);
  const evening = 0.15 * Math.sin((4 * Math.PI * (second - 3 * 3600)) / DAY_S);
  const weekday = (second % WEEK_S) / DAY_S;
  // The weekend comes and goes over six hours.
  const weekend = Math.min(1, Math.max(0, (weekday - 4.9) * 4)) * Math.min(1, Math.max(0, (7 - weekday) * 4));
  return (day + evening) * (1 - 0.25 * weekend);
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
}
