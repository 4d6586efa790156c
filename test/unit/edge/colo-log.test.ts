import { describe, expect, it } from "vitest";
import { MAX_REPORTED } from "../../../durable-objects/colo-observer/api.ts";
import { ColoLog } from "../../../workers/edge/colo-log.ts";

const sample = { region: "us-east-1", ms: 90, at: 0, asn: null, country: null };

describe("the log of a colo", () => {
  it("counts requests by service and country", () => {
    const log = new ColoLog();
    for (const country of ["DE", "DE", "FR", null, "DE"]) log.count("api", country);
    log.count("web", "DE");
    expect(log.take().demand).toEqual([
      { service: "api", country: "DE", requests: 3 },
      { service: "api", country: "FR", requests: 1 },
      { service: "api", country: null, requests: 1 },
      { service: "web", country: "DE", requests: 1 },
    ]);
  });

  it("is empty once it was taken", () => {
    const log = new ColoLog();
    expect(log.isEmpty).toBe(true);
    log.count("api", "DE");
    log.use("us-east-1");
    log.add(sample);
    expect(log.isEmpty).toBe(false);
    expect(log.take()).toMatchObject({ samples: [sample], used: new Set(["us-east-1"]) });
    expect(log.isEmpty).toBe(true);
    expect(log.take()).toEqual({ samples: [], demand: [], used: new Set() });
  });

  it("has one turn a second for each region", () => {
    const log = new ColoLog();
    const turns = [0, 999, 1000, 1500, 2000].map((now) => log.takeTurn("us-east-1", now));
    expect(turns).toEqual([true, false, true, false, true]);
    expect(log.takeTurn("eu-west-1", 2000)).toBe(true);
    // What was taken leaves the turns as they are.
    log.take();
    expect(log.takeTurn("us-east-1", 2001)).toBe(false);
  });

  it("stays small whatever comes", () => {
    const log = new ColoLog();
    for (let i = 0; i < 10_000; i++) {
      log.count(`s${i % 900}`, `${i}`);
      log.add(sample);
      log.takeTurn(`r${i}`, 0);
    }
    const { demand, samples } = log.take();
    expect(demand.length).toBe(MAX_REPORTED);
    expect(samples.length).toBe(MAX_REPORTED);
  });
});
