import { describe, expect, it } from "vitest";
import { probeEnds } from "../../../src/latency-matrix/probe-end.ts";
import { down, REGIONS, testTable, up } from "../../fakes/world.ts";

const { regions, backends } = testTable({ perRegion: 3 });
const chosen = (ends: ReturnType<typeof probeEnds>) => ends.find(({ region }) => region === "us-east-1")?.backend;

describe("probeEnds", () => {
  it("one for each region, in the order of their ids", () => {
    const ends = probeEnds(regions, backends, new Map());
    expect(ends.map(({ region }) => region)).toEqual([...REGIONS].sort());
    expect(ends.find(({ region }) => region === "us-east-1")).toEqual({
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
    expect(chosen(probeEnds(regions, backends, new Map(Object.entries(health))))).toBe(expected);
  });

  it("none that is disabled", () => {
    const off = (ids: readonly string[]) =>
      testTable({
        perRegion: 2,
        patch: { backends: Object.fromEntries(ids.map((id) => [id, { state: "disabled" }])) },
      });
    const one = off(["us-east-1-a"]);
    const both = off(["us-east-1-a", "us-east-1-b"]);
    expect(chosen(probeEnds(one.regions, one.backends, new Map([["us-east-1-a", up()]])))).toBe("us-east-1-b");
    expect(chosen(probeEnds(both.regions, both.backends, new Map()))).toBeUndefined();
  });
});
