import { describe, expect, it } from "vitest";
import {
  isHealthy,
  isWarming,
  keepsBoundClients,
  MIN_SHED_FACTOR,
  standingsOf,
  takesNewClients,
} from "../../../src/routing/standing.ts";
import { serviceSchema } from "../../../src/table/service.ts";
import type { Verdict } from "../../../src/table/verdict.ts";
import { calm, down, testSnapshot, testTable, up } from "../../fakes/world.ts";

const now = 1_000_000_000;

/** The backends of us-east-1 by letter, under a patch and with verdicts. */
function entriesOf(verdicts: Readonly<Record<string, Verdict>>, patch: object = {}) {
  const health = new Map(Object.entries(verdicts).map(([letter, verdict]) => [`us-east-1-${letter}`, verdict]));
  const snapshot = testSnapshot(testTable({ perRegion: 3, patch }), health);
  return snapshot.backends.filter(({ region }) => region.id === "us-east-1");
}
const only = (verdict: Verdict | null, patch: object = {}) => {
  const [entry] = entriesOf(verdict ? { a: verdict } : {}, patch);
  if (!entry) throw new Error("no backend");
  return entry;
};
const service = (fields: object = {}) => serviceSchema.parse({ hosts: ["*"], policy: "latency", ...fields });
const strengths = (verdicts: Readonly<Record<string, Verdict>>, fields: object = {}, local = calm) =>
  standingsOf(entriesOf(verdicts), service(fields), local, now, "everyone").map(({ strength }) => strength);

describe("who may be sent clients, health aside", () => {
  const region = (fields: object) => ({ regions: { "us-east-1": fields } });
  const backend = (fields: object) => ({ backends: { "us-east-1-a": fields } });
  it.each([
    ["as it comes", {}, true, true],
    ["a draining backend", backend({ state: "draining" }), false, true],
    ["a disabled backend", backend({ state: "disabled" }), false, false],
    ["a backend of no weight", backend({ weight: 0 }), false, true],
    ["a draining region", region({ state: "draining" }), false, true],
    ["a region in maintenance", region({ state: "maintenance" }), false, false],
    ["a region of no weight", region({ weight: 0 }), false, true],
    ["a region dialled to nothing", region({ dialPercent: 0 }), false, true],
    ["a region dialled low", region({ dialPercent: 1 }), true, true],
    [
      "a draining backend in a region in maintenance",
      { ...backend({ state: "draining" }), ...region({ state: "maintenance" }) },
      false,
      false,
    ],
  ])("%s", (_, patch, fresh, bound) => {
    const entry = only(null, patch);
    expect([takesNewClients(entry), keepsBoundClients(entry)]).toEqual([fresh, bound]);
  });
});

describe("health", () => {
  const ejecting = { ...calm, isEjected: () => true };
  it.each([
    ["nobody has looked", null, calm, true],
    ["up", up(), calm, true],
    ["down", down(), calm, false],
    ["up, and ejected here", up(), ejecting, false],
    ["unknown, and ejected here", null, ejecting, false],
    ["down, and ejected here", down(), ejecting, false],
  ])("%s", (_, verdict, local, healthy) => {
    expect(isHealthy(only(verdict), local, now, "everyone")).toBe(healthy);
    const [standing] = standingsOf([only(verdict)], service(), local, now, "everyone");
    expect(standing?.healthy).toBe(healthy);
    expect((standing?.strength ?? 0) > 0).toBe(healthy);
  });

  it("the table alone, or nobody at all, may be trusted", () => {
    expect(isHealthy(only(up()), ejecting, now, "table")).toBe(true);
    expect(isHealthy(only(down()), ejecting, now, "table")).toBe(false);
    expect(isHealthy(only(down()), ejecting, now, "nobody")).toBe(true);
  });

  it("weight is the region's times the backend's", () => {
    const patch = { regions: { "us-east-1": { weight: 3 } }, backends: { "us-east-1-a": { weight: 5 } } };
    expect(standingsOf([only(null, patch)], service(), calm, now, "everyone")[0]?.weight).toBe(15);
  });
});

describe("slow start", () => {
  const ago = (seconds: number) => up(now - seconds * 1000);
  it.each([
    ["just up", 0, {}, 0.1],
    ["a tenth in", 3, {}, 0.1],
    ["half way", 15, {}, 0.5],
    ["done", 30, {}, 1],
    ["long done", 3000, {}, 1],
    ["half way, aggressive", 15, { slowStartAggression: 2 }, Math.SQRT1_2],
    ["turned off", 0, { slowStartSeconds: 0 }, 1],
    ["up in the future, by another's clock", -5, {}, 0.1],
  ])("beside a warm one: %s", (_, seconds, fields, strength) => {
    const [cold, warm] = strengths({ a: ago(seconds), b: ago(86_400), c: down() }, fields);
    expect(cold).toBeCloseTo(strength, 9);
    expect(warm).toBe(1);
  });

  it("is relative to the warmest healthy one", () => {
    expect(strengths({ a: ago(6), b: ago(15), c: down() })).toEqual([0.4, 1, 0]);
    expect(strengths({ a: ago(0), b: ago(0), c: ago(0) })).toEqual([1, 1, 1]);
  });

  it("is not for a backend that nobody has looked at", () => {
    expect(strengths({ a: ago(0) })).toEqual([0.1, 1, 1]);
  });

  it.each([
    ["up for less than the time", up(now - 29_999), {}, true],
    ["up for the time", up(now - 30_000), {}, false],
    ["down", down(now), {}, false],
    ["unknown", null, {}, false],
    ["turned off", up(now), { slowStartSeconds: 0 }, false],
  ])("goes on: %s", (_, verdict, fields, warming) => {
    expect(isWarming(only(verdict), service(fields), now)).toBe(warming);
  });
});

describe("shedding", () => {
  const idle = { cpu: 0, memory: 0, disk: 0, network: 0, inFlight: 0 };
  const loaded = (load: Partial<typeof idle>): Verdict => ({ ...up(), load: { ...idle, ...load } });
  it.each([
    ["no load is known", up(), {}, 1],
    ["at the threshold", loaded({ cpu: 0.8 }), {}, 1],
    ["half way to full", loaded({ cpu: 0.9 }), {}, 0.5],
    ["full", loaded({ cpu: 1 }), {}, MIN_SHED_FACTOR],
    ["nearly full", loaded({ cpu: 0.999 }), {}, MIN_SHED_FACTOR],
    ["requests in flight count", loaded({ inFlight: 0.9 }), {}, 0.5],
    ["the network counts", loaded({ network: 0.9 }), {}, 0.5],
    ["the fullest counts", loaded({ cpu: 0.85, network: 0.9 }), {}, 0.5],
    ["memory and disk do not, since a full cache is no load", loaded({ memory: 1, disk: 1 }), {}, 1],
    ["another threshold", loaded({ cpu: 0.9 }), { shedAbovePercent: 60 }, 0.25],
    ["shedding turned off", loaded({ cpu: 1 }), { shedAbovePercent: 100 }, 1],
  ])("%s", (_, verdict, fields, strength) => {
    expect(strengths({ a: verdict }, fields)[0]).toBeCloseTo(strength, 9);
  });

  it("multiplies with slow start", () => {
    const cold = { ...up(now - 15_000), load: { ...idle, cpu: 0.9 } };
    expect(strengths({ a: cold })[0]).toBeCloseTo(0.25, 9);
  });
});
