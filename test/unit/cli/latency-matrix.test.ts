import { beforeEach, describe, expect, it } from "vitest";
import type { PairReading } from "../../../durable-objects/latency-prober/api.ts";
import { type PairStatistics, statisticsOf } from "../../../src/latency-matrix/statistics.ts";
import { learnedRowSchema } from "../../../src/table/learned-row.ts";
import { createWorld, NOW, type World } from "../control/world.ts";
import { runIn } from "./terminal.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  const { prober } = world;
  prober.read = async (sources, target) =>
    [there].filter((each) => sources.includes(each.source) && (target === null || each.target === target));
});

const statistics = statisticsOf([{ at: NOW - 95_000, roundTripsMs: [60, 70, 65.4], lost: 1 }]);
const there: PairReading = { source: "us-east-1", target: "us-west-2", statistics: statistics as PairStatistics };

const latencyMatrix = (line: string) =>
  runIn(world, "novacron-traffic", ["latency-matrix", ...line.split(" ").filter((word) => word !== "")]);

describe("latency-matrix", () => {
  it("of one pair shows all figures, with the configured one beside them", async () => {
    expect(await latencyMatrix("--source us-east-1 --target us-west-2")).toEqual({
      exit: 0,
      out: `SOURCE     TARGET     MIN    AVG    P50    P95    P99    JITTER  LOSS   SAMPLES  AGE     CONFIGURED
us-east-1  us-west-2  60 ms  65 ms  65 ms  70 ms  70 ms  7.3 ms  25.0%  4        1m 35s  64 ms
`,
      err: "",
    });
  });

  it("of one source shows every target, also those that were never measured", async () => {
    const { out } = await latencyMatrix("--source us-east-1");
    expect(out).toContain(
      "us-east-1  us-east-1  -      -      -      -      -      -       -      -        -       6.0 ms",
    );
    expect(out).toContain("us-east-1  us-west-2  60 ms");
  });

  it("shows vantages of health checks when it is asked to", async () => {
    const seen: PairReading = { ...there, source: "weur" };
    world.prober.read = async (sources) => [there, seen].filter(({ source }) => sources.includes(source));
    expect((await latencyMatrix("")).out).not.toContain("weur");
    expect((await latencyMatrix("--vantages")).out).toMatch(/^weur +- +65$/m);
    expect((await latencyMatrix("--source weur")).out).toMatch(/^weur +us-west-2 +60 ms/m);
    expect((await latencyMatrix("--source weur --measure")).exit).toBe(2);
  });

  it("of a colo shows what it has learned", async () => {
    const figure = { ms: 91.5, deviationMs: 2, samples: 12.54, at: NOW - 5000 };
    await world.table.learn("FRA", [["FRA", learnedRowSchema.parse({ "us-west-2": figure })]]);
    expect(
      (await latencyMatrix("--source colo:FRA")).out,
    ).toBe(`SOURCE    TARGET     LEARNED  DEVIATION  SAMPLES  AGE (TOLD)  CONFIGURED
colo:FRA  us-east-1  -        -          -        -           93 ms
colo:FRA  us-west-2  92 ms    2.0 ms     12.5     5s          -

age of the newest sample that the table was told of; the colo may know more
`);
  });

  it("of everything is a table, in which what was not measured is marked", async () => {
    expect((await latencyMatrix("")).out).toBe(`FROM \\ TO  us-east-1  us-west-2
colo:FRA   93*        -
us-east-1  6.0*       65

ms: p50 as measured between regions, or as learned by a colo; * as configured
`);
  });

  it("of an unknown region says so", async () => {
    expect(await latencyMatrix("--source mars-1")).toEqual({
      exit: 1,
      out: "",
      err: "There is no such thing: regions/mars-1 (404, request request-1)\n",
    });
  });

  it("of a colo that there is not says so, unless something was learned there", async () => {
    const { exit, err } = await latencyMatrix("--source colo:ZZZ");
    expect([exit, err]).toEqual([1, "There is no such thing: colo:ZZZ (404, request request-1)\n"]);
    const figure = { ms: 91.5, deviationMs: 2, samples: 12.54, at: NOW - 5000 };
    await world.table.learn("ZZZ", [["ZZZ", learnedRowSchema.parse({ "us-west-2": figure })]]);
    expect((await latencyMatrix("--source colo:ZZZ")).out).toContain("92 ms");
  });

  it("says when nothing is known", async () => {
    expect((await latencyMatrix("--source colo:SIN")).out).toBe("nothing is known of these paths\n");
  });

  it("is the API's own answer with --json", async () => {
    const { out } = await latencyMatrix("--source us-east-1 --target us-west-2 --json");
    expect(JSON.parse(out)).toMatchObject([{ source: "us-east-1", measured: { "us-west-2": { p99Ms: 70 } } }]);
  });
});

describe("latency-matrix --measure", () => {
  it("shows what was found, and fails where a source could not measure", async () => {
    world.prober.measure = async () => ({
      kind: "measured",
      outcomes: [
        { ...there, error: null },
        { source: "us-west-2", target: "us-east-1", statistics: null, error: "us-west-2-a: connection failed" },
      ],
    });
    const { exit, out, err } = await latencyMatrix("--measure");
    expect(exit).toBe(1);
    expect(out).toContain("us-east-1  us-west-2  60 ms");
    expect(out).toContain("us-west-2-a: connection failed\n");
    expect(err).toBe("us-west-2 to us-east-1: us-west-2-a: connection failed\n");
  });

  it("fails where every request was lost", async () => {
    const lost = statisticsOf([{ at: NOW, roundTripsMs: [], lost: 5 }]) as PairStatistics;
    const pair = { ...there, statistics: lost };
    world.prober.measure = async () => ({
      kind: "measured",
      outcomes: [
        { ...there, error: "timed out" },
        { ...pair, error: "connection failed" },
        { ...pair, target: "us-east-1", error: null },
      ],
    });
    const { exit, out, err } = await latencyMatrix("--measure");
    expect([exit, err]).toEqual([
      1,
      "us-east-1 to us-west-2: connection failed\nus-east-1 to us-east-1: every request was lost\n",
    ]);
    expect(out).toContain("100%");
  });

  it.each([
    ["--measure --source colo:FRA", "expected a region as --source with --measure"],
    ["--count 5", "expected --measure with it"],
    ["--source us-east-1 --count 5 --json", "expected --measure with it"],
  ])("is a usage error: %s", async (line, message) => {
    const { exit, out, err } = await latencyMatrix(line);
    expect([exit, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });

  it("passes on what to measure", async () => {
    const asked: unknown[] = [];
    world.prober.measure = async (request) => {
      asked.push(request);
      return { kind: "measured", outcomes: [] };
    };
    const line = "--measure --source us-east-1 --target us-west-2 --count 20";
    expect(await latencyMatrix(line)).toEqual({ exit: 0, out: "there is nothing to measure\n", err: "" });
    expect(asked).toEqual([{ source: "us-east-1", target: "us-west-2", count: 20 }]);
  });

  it("says when the deployment cannot", async () => {
    const { exit, err } = await latencyMatrix("--measure");
    expect([exit, err]).toEqual([
      1,
      "Not set up here: without NODE_TOKEN the nodes do not measure (501, request request-1)\n",
    ]);
  });

  it("takes no count that is none", async () => {
    expect((await latencyMatrix("--measure --count many")).exit).toBe(2);
  });
});
