import "./stand-ins.ts";
import { readArguments, refuseArguments } from "../arguments.ts";

/**
 * Runs the deterministic simulation. Ends with 1 when an invariant was violated, after the seed and the last lines
 * before; with 2 when it was asked wrongly.
 */
const usage = `usage: npm run sim -- [--seed N] [--count N] [--hours H | --seconds S] [--trace] [--last N]
  --seed N     the first seed (1)
  --count N    so many seeds, one after the other (1)
  --hours H    of simulated time
  --seconds S  the same, in seconds (60)
  --trace      print each event as it happens
  --last N     lines to print before a violation (60)`;
const { values } = readArguments(usage, {
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "1" },
    hours: { type: "string" },
    seconds: { type: "string", default: "60" },
    trace: { type: "boolean", default: false },
    last: { type: "string", default: "60" },
  },
});

const seed = numberOf("seed", values.seed, 0, 4_294_967_295);
const count = numberOf("count", values.count, 1, 1_000_000);
const last = numberOf("last", values.last, 1, 20_000);
const seconds =
  values.hours === undefined
    ? numberOf("seconds", values.seconds, 1, 86_400)
    : numberOf("hours", values.hours, 0.001, 10_000) * 3600;

// Only now can the objects be loaded.
const { simulate } = await import("./simulate.ts");
const print = console.log.bind(console);

for (let each = seed; each < seed + count; each++) {
  const { violation, ranMs, transcript, answers, acknowledged } = await simulate({
    seed: each,
    durationMs: seconds * 1000,
    ...(values.trace ? { print } : {}),
    progress: (hours) => print(`seed ${each}: ${hours} h`),
  });
  if (violation) {
    if (!values.trace) for (const line of transcript.last(last)) print(line);
    print(`\nseed ${each}: violated after ${(ranMs / 1000).toFixed(3)} s: ${violation.invariant}`);
    print(violation.evidence);
    print(`again: npm run sim -- --seed ${each} --seconds ${Math.ceil(ranMs / 1000) + 1} --trace`);
    process.exit(1);
  }
  const statuses = [...answers].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`);
  print(
    `seed ${each}: ${seconds} s, ${acknowledged} changes, answers ${statuses.join(", ")}; ` +
      `transcript ${transcript.digest().slice(0, 16)}`,
  );
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most && (name === "hours" || Number.isInteger(value)))
    return value;
  const expected = `${name === "hours" ? "a number" : "an integer"} from ${least} to ${most}`;
  return refuseArguments(usage, `--${name}: expected ${expected}`);
}
