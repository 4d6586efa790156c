import { beforeEach, describe, expect, it } from "vitest";
import type { Measurement, MeasureRequest, PairReading } from "../../../durable-objects/latency-prober/api.ts";
import { type PairStatistics, statisticsOf } from "../../../src/latency-matrix/statistics.ts";
import { learnedRowSchema } from "../../../src/table/learned-row.ts";
import { latencyEntrySchema, measureReplySchema } from "../../../workers/control/schema/latency.ts";
import { pageSchema } from "../../../workers/control/schema/page.ts";
import { createWorld, NOW, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const statistics = statisticsOf([{ at: NOW - 30_000, roundTripsMs: [60, 70, 65], lost: 1 }]);
const measured = {
  minMs: 60,
  avgMs: 65,
  p50Ms: 65,
  p95Ms: 70,
  p99Ms: 70,
  jitterMs: 7.5,
  loss: 0.25,
  samples: 4,
  ageSeconds: 30,
};
const there: PairReading = { source: "us-east-1", target: "us-west-2", statistics: statistics as PairStatistics };
const back: PairReading = { ...there, source: "us-west-2", target: "us-east-1" };

/** The prober knows these pairs. */
function know(...readings: readonly PairReading[]): void {
  world.prober.read = async (sources, target) =>
    readings.filter((each) => sources.includes(each.source) && (target === null || each.target === target));
}

async function matrix(query = "") {
  const { status, body } = await world.call("GET", `/latency-matrix${query}`);
  expect(status).toBe(200);
  return pageSchema(latencyEntrySchema).parse(body);
}

describe("GET /latency-matrix", () => {
  it("shows what is measured beside what is configured, and a source that is measured alone", async () => {
    know(there, back);
    expect((await matrix()).items).toEqual([
      { source: "colo:FRA", targets: { "us-east-1": 93 }, measured: {}, learned: {} },
      {
        source: "us-east-1",
        targets: { "us-east-1": 6, "us-west-2": 64 },
        measured: { "us-west-2": measured },
        learned: {},
      },
      { source: "us-west-2", targets: {}, measured: { "us-east-1": measured }, learned: {} },
    ]);
  });

  it("shows what a vantage of health checks has found", async () => {
    const seen: PairReading = { ...there, source: "weur" };
    know(there, seen);
    const entry = { source: "weur", targets: {}, measured: { "us-west-2": measured }, learned: {} };
    expect((await matrix("?source=weur")).items).toEqual([entry]);
    expect((await matrix()).items.at(-1)).toEqual(entry);
    know(there);
    expect((await matrix("?source=weur")).items).toEqual([]);
  });

  it("narrows to a source and a target", async () => {
    know(there, back);
    expect((await matrix("?source=us-east-1&target=us-west-2")).items).toEqual([
      { source: "us-east-1", targets: { "us-west-2": 64 }, measured: { "us-west-2": measured }, learned: {} },
    ]);
    expect((await matrix("?target=us-east-1")).items.map(({ source }) => source)).toEqual([
      "colo:FRA",
      "us-east-1",
      "us-west-2",
    ]);
  });

  it("shows what a colo has learned as a whole, not its parts", async () => {
    const figure = { ms: 91.5, deviationMs: 2, samples: 12.5, at: NOW - 5000 };
    await world.table.learn("FRA", [
      ["FRA", learnedRowSchema.parse({ "us-east-1": figure, "us-west-2": figure })],
      ["FRA/AS3320", learnedRowSchema.parse({ "us-east-1": figure })],
    ]);
    await world.table.learn("NRT", [["NRT", learnedRowSchema.parse({ "us-west-2": figure })]]);
    const learned = { ms: 91.5, deviationMs: 2, samples: 12.5, ageSeconds: 5 };
    expect((await matrix("?target=us-west-2")).items).toMatchObject([
      { source: "colo:FRA", targets: {}, learned: { "us-west-2": learned } },
      { source: "colo:NRT", targets: {}, learned: { "us-west-2": learned } },
      { source: "us-east-1", learned: {} },
    ]);
    expect((await matrix("?source=colo:FRA")).items).toMatchObject([
      { source: "colo:FRA", targets: { "us-east-1": 93 }, learned: { "us-east-1": learned } },
    ]);
  });

  it("pages by source", async () => {
    know(there, back);
    const sources: string[] = [];
    for (let cursor = ""; ; ) {
      const page = await matrix(`?limit=1${cursor}`);
      sources.push(...page.items.map(({ source }) => source));
      if (page.cursor === undefined) break;
      cursor = `&cursor=${page.cursor}`;
    }
    expect(sources).toEqual(["colo:FRA", "us-east-1", "us-west-2"]);
  });

  it("has no entity tag: what is measured changes under one epoch", async () => {
    expect((await world.call("GET", "/latency-matrix")).headers.get("ETag")).toBeNull();
  });

  it.each(["?source=mars-1", "?target=mars-1", "?source=us-east-1&target=mars-1"])(
    "answers 404 to %s",
    async (query) => {
      const { status, body } = await world.call("GET", `/latency-matrix${query}`);
      expect([status, body.type, body.detail]).toEqual([404, "/problems/absent", "regions/mars-1"]);
    },
  );

  it.each(["?source=colo:Frankfurt", "?target=colo:FRA", "?source=US"])("answers 422 to %s", async (query) => {
    expect((await world.call("GET", `/latency-matrix${query}`)).status).toBe(422);
  });

  it("shows no colo that has learned nothing", async () => {
    expect((await matrix("?source=colo:SIN")).items).toEqual([]);
  });

  it("answers 503 when the prober cannot be reached", async () => {
    world.prober.read = async () => Promise.reject(new Error("Network connection lost."));
    const { status, body } = await world.call("GET", "/latency-matrix");
    expect([status, body.detail]).toEqual([503, "the latency prober cannot be reached"]);
  });
});

describe("POST /latency-matrix/measure", () => {
  /** The prober answers so; what it was asked is kept. */
  function answer(measurement: Measurement): MeasureRequest[] {
    const asked: MeasureRequest[] = [];
    world.prober.measure = async (request) => {
      asked.push(request);
      return measurement;
    };
    return asked;
  }
  const post = (body: unknown) => world.call("POST", "/latency-matrix/measure", { body });

  it("gives what was found of each pair", async () => {
    const asked = answer({
      kind: "measured",
      outcomes: [
        { ...there, error: null },
        { source: "us-west-2", target: "us-east-1", statistics: null, error: "us-west-2-a: connection failed" },
      ],
    });
    const { status, body } = await post({ source: "us-east-1", count: 20 });
    expect(status).toBe(200);
    expect(measureReplySchema.parse(body).results).toEqual([
      { source: "us-east-1", target: "us-west-2", measured, error: null },
      { source: "us-west-2", target: "us-east-1", measured: null, error: "us-west-2-a: connection failed" },
    ]);
    expect(asked).toEqual([{ source: "us-east-1", target: null, count: 20 }]);
  });

  it("measures everything five times unless told otherwise", async () => {
    const asked = answer({ kind: "measured", outcomes: [] });
    expect((await post({})).status).toBe(200);
    expect(asked).toEqual([{ source: null, target: null, count: 5 }]);
  });

  it.each<[string, unknown, number, string]>([
    ["an unknown source", { source: "mars-1" }, 404, "/problems/absent"],
    ["an unknown target", { target: "mars-1" }, 404, "/problems/absent"],
    ["a colo", { source: "colo:FRA" }, 422, "/problems/invalid"],
    ["the path to itself", { source: "us-east-1", target: "us-east-1" }, 422, "/problems/invalid"],
    ["a count of 0", { count: 0 }, 422, "/problems/invalid"],
    ["too high a count", { count: 21 }, 422, "/problems/invalid"],
    ["another field", { pairs: 3 }, 422, "/problems/invalid"],
  ])("refuses %s, and measures nothing", async (_, body, status, type) => {
    const asked = answer({ kind: "measured", outcomes: [] });
    const reply = await post(body);
    expect([reply.status, reply.body.type]).toEqual([status, type]);
    expect(asked).toEqual([]);
  });

  it.each<[Measurement, number, string]>([
    [{ kind: "no-token" }, 501, "/problems/not-configured"],
    [{ kind: "busy" }, 503, "/problems/unavailable"],
    [{ kind: "no-backend", region: "us-west-2" }, 404, "/problems/absent"],
  ])("says why nothing was measured: %o", async (measurement, status, type) => {
    answer(measurement);
    const reply = await post({});
    expect([reply.status, reply.body.type]).toEqual([status, type]);
  });
});
