import { Detector } from "../../src/shield/anomaly/detector.ts";
import { requestsASecond } from "../../src/shield/anomaly/sensitivity.ts";
import { DAY_S, type Happening, happeningsOf, requests, TRAFFIC_STARTS_AT, type Traffic } from "./anomaly-traffic.ts";
import { atLeast, atMost, type Figure } from "./report.ts";
import { SlidingSigma } from "./sliding-sigma.ts";

/** Days: at first a detector learns, then nothing happens for a week, then much does. */
const LEARNING = 2;
const QUIET = 7;
const BUSY = 3;
/** An attack has to be known by then. */
const IN_TIME_S = 5;
/** What begins so soon after a happening is its aftermath. */
const AFTERMATH_S = 60;

const dimensions: readonly Traffic[] = [
  { name: "independent, 200/s", seed: 1, mean: 200, spread: 0, memory: 0 },
  { name: "over-dispersed, 1,000/s", seed: 2, mean: 1000, spread: 0.06, memory: 0.6 },
  { name: "autocorrelated, 400/s", seed: 3, mean: 400, spread: 0.08, memory: 0.95 },
];

/** Whether an alarm is on after a second. */
type Alarm = (at: number, value: number) => boolean;

/** The seconds at which alarms went on. */
interface Run {
  readonly happenings: readonly Happening[];
  readonly onsets: readonly number[];
  readonly microsecondsEach: number;
}

/** The detector on synthetic requests a second, beside three sigma over a sliding window of five minutes. */
export function benchAnomaly(): Promise<Figure[]> {
  const figures = dimensions.flatMap((traffic) => {
    const detector = new Detector(requestsASecond);
    const sigma = new SlidingSigma(300);
    const ours = run(traffic, (at, value) => detector.observe(at, value).event?.end === "open");
    const plain = run(traffic, (at, value) => sigma.observe(at, value).anomaly);
    return compare(traffic.name, ours, plain);
  });
  return Promise.resolve(figures);
}

function run(traffic: Traffic, isOnAfter: Alarm): Run {
  const happenings = happeningsOf(traffic.seed, LEARNING + QUIET, BUSY);
  const onsets: number[] = [];
  const startedAt = performance.now();
  let second = 0;
  let wasOn = false;
  for (const value of requests(traffic, (LEARNING + QUIET + BUSY) * DAY_S, happenings)) {
    const isOn = isOnAfter(TRAFFIC_STARTS_AT + second * 1000, value);
    if (isOn && !wasOn) onsets.push(second);
    wasOn = isOn;
    second += 1;
  }
  return { happenings, onsets, microsecondsEach: ((performance.now() - startedAt) * 1000) / second };
}

function compare(name: string, ours: Run, plain: Run): Figure[] {
  const figure = (
    what: string,
    unit: string,
    of: (run: Run) => number,
    target?: (value: number) => Partial<Figure>,
  ) => {
    const value = of(ours);
    return { bench: "anomaly", figure: `${name}: ${what}`, value, unit, baseline: of(plain), ...target?.(value) };
  };
  return [
    figure(
      "attacks of 5 sigma and more within 5 s",
      "",
      (run) => recall(run, ["attack"], IN_TIME_S),
      (value) => atLeast(value, 0.95),
    ),
    figure("silences within 5 s", "", (run) => recall(run, ["silence"], IN_TIME_S)),
    figure("ramps before their end", "", (run) => recall(run, ["ramp"], Number.POSITIVE_INFINITY)),
    figure("median time to detect", "s", timeToDetect),
    figure("false alarms in a quiet week", "", quietAlarms, (value) => atMost(value, 1)),
    figure("precision for all that happened", "", (run) => precision(run, () => true)),
    figure("precision for attacks alone", "", (run) =>
      precision(run, ({ kind }) => kind !== "flash crowd" && kind !== "launch"),
    ),
    figure("time per observation", "µs", (run) => run.microsecondsEach),
  ];
}

/** Of what happened, the part in which an alarm went on soon enough. */
function recall({ happenings, onsets }: Run, kinds: readonly Happening["kind"][], withinS: number): number {
  const those = happenings.filter(({ kind }) => kinds.includes(kind));
  const found = those.filter(({ from, until }) =>
    onsets.some((onset) => onset >= from && onset < Math.min(until, from + withinS)),
  );
  return found.length / those.length;
}

function timeToDetect({ happenings, onsets }: Run): number {
  const times = happenings
    .filter(({ kind }) => kind === "attack")
    .flatMap(({ from, until }) => {
      const onset = onsets.find((second) => second >= from && second < until);
      return onset === undefined ? [] : [onset - from + 1];
    })
    .sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? Number.NaN;
}

const quietAlarms = ({ onsets }: Run): number =>
  onsets.filter((onset) => onset >= LEARNING * DAY_S && onset < (LEARNING + QUIET) * DAY_S).length;

/** Of the alarms of the busy days, the part that belongs to a happening that counts. */
function precision({ happenings, onsets }: Run, counts: (happening: Happening) => boolean): number {
  const busy = onsets.filter((onset) => onset >= (LEARNING + QUIET) * DAY_S);
  const right = busy.filter((onset) =>
    happenings.some((each) => counts(each) && onset >= each.from && onset < each.until + AFTERMATH_S),
  );
  return right.length / busy.length;
}
