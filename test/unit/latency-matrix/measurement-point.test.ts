import { describe, expect, it } from "vitest";
import { measurementPoints } from "../../../src/latency-matrix/measurement-point.ts";
import { down, REGIONS, testTable, up } from "../../fakes/world.ts";

const { regions, backends } = testTable({ perRegion: 3 });
const chosen = (points: ReturnType<typeof measurementPoints>) =>
  points.find(({ region }) => region === "us-east-1")?.backend;

describe("measurementPoints", () => {
  it("one for each region, in the order of their ids", () => {
    const points = measurementPoints(regions, backends, new Map());
    expect(points.map(({ region }) => region)).toEqual([...REGIONS].sort());
    expect(points.find(({ region }) => region === "us-east-1")).toEqual({
      region: "us-east-1",
      backend: "us-east-1-a",
      url: "http://127.0.0.1:9000",
      healthPath: "/healthz",
      colo: "IAD",
    });
  });

  it.each([
    ["the first that is up", { "us-east-1-b": up(), "us-east-1-c": up() }, "us-east-1-b"],
    ["one that is down where none is up", { "us-east-1-a": down(), "us-east-1-b": down() }, "us-east-1-a"],
    ["one that was never checked", {}, "us-east-1-a"],
  ])("%s", (_, health, expected) => {
    expect(chosen(measurementPoints(regions, backends, new Map(Object.entries(health))))).toBe(expected);
  });

  it("none that is disabled", () => {
    const off = (ids: readonly string[]) =>
      testTable({
        perRegion: 2,
        patch: { backends: Object.fromEntries(ids.map((id) => [id, { state: "disabled" }])) },
      });
    const one = off(["us-east-1-a"]);
    const both = off(["us-east-1-a", "us-east-1-b"]);
    expect(chosen(measurementPoints(one.regions, one.backends, new Map([["us-east-1-a", up()]])))).toBe("us-east-1-b");
    expect(chosen(measurementPoints(both.regions, both.backends, new Map()))).toBeUndefined();
  });
});
