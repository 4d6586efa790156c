import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/base/random.ts";
import { HeavyHitters } from "../../../../src/shield/traffic/heavy-hitters.ts";
import { resample, weightOf } from "../../../../src/shield/traffic/resample.ts";
import { TrafficTally } from "../../../../src/shield/traffic/tally.ts";
import { readTraffic, requestsOf } from "../../../../src/shield/traffic/traffic-second.ts";
import { agentFamilyOf, pathClassOf, TraitReader, traitSource } from "../../../../src/shield/traits.ts";
import { testRequest, testSnapshot, testTable } from "../../../fakes/world.ts";
import { REGION, SERVICE, START_S, secondOf, traits } from "./world.ts";

describe("heavy hitters", () => {
  it("hold whoever has more than one in `capacity` of all, and never count too much", () => {
    const keys = fc.array(fc.integer({ min: 0, max: 60 }).map((n) => String(Math.floor(n ** 2 / 60))));
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 20 }), (stream, capacity) => {
        const hitters = new HeavyHitters<null>(capacity);
        const exact = new Map<string, number>();
        for (const key of stream) {
          hitters.add(key, 1, null);
          exact.set(key, (exact.get(key) ?? 0) + 1);
        }
        const top = new Map(hitters.top(capacity, 0).map(({ key, count }) => [key, count]));
        expect(top.size).toBeLessThanOrEqual(capacity);
        for (const [key, count] of top) expect(count).toBeLessThanOrEqual(exact.get(key) ?? 0);
        for (const [key, count] of exact) if (count > stream.length / capacity) expect(top.has(key)).toBe(true);
      }),
    );
  });
});

describe("a sample of a sample", () => {
  it("stands for as much, is no larger than asked, and holds what is heavier than a step", () => {
    const weights = fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 200 });
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 50 }), unit, (list, size, start) => {
        const samples = list.map((weight, id) => ({ weight, id }));
        const taken = resample(samples, size, start);
        expect(taken.length).toBeLessThanOrEqual(size);
        // Rounding may lose the last step.
        const step = weightOf(samples) / size;
        expect(Math.abs(weightOf(taken) - weightOf(samples))).toBeLessThan(step + 1e-6);
        if (list.length > size)
          for (const { weight, id } of samples)
            if (weight > 1.001 * step) expect(taken.some((each) => each.id === id)).toBe(true);
      }),
    );
  });
});

describe("a tally", () => {
  const limits = { samples: 32, clients: 10, leastRequests: 1 };

  it("counts all requests once, in whatever parts and order they are told", () => {
    const part = fc.record({
      second: fc.integer({ min: START_S, max: START_S + 5 }),
      rate: fc.integer({ min: 1, max: 500 }),
      country: fc.constantFrom("DE", "FR"),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 50 }), (parts) => {
        const random = new Random([1, 2, 3]);
        const tally = new TrafficTally(limits, random);
        const told = parts.map(({ second, rate, country }) => ({
          second,
          blocked: 1,
          services: [secondOf([{ rate, traits: { country } }], random)],
        }));
        for (const each of told) tally.add(each);
        const taken = [...tally.takeBefore(START_S + 3), ...tally.take()];
        const sum = (seconds: typeof taken) =>
          seconds.reduce((total, { services }) => total + services.reduce((n, each) => n + requestsOf(each), 0), 0);
        expect(sum(taken)).toBe(sum(told));
        expect(taken.map(({ second }) => second)).toEqual(
          [...new Set(parts.map(({ second }) => second))].sort((a, b) => a - b),
        );
        for (const { services } of taken)
          for (const { samples } of services) expect(samples.length).toBeLessThanOrEqual(limits.samples);
        expect(tally.isEmpty).toBe(true);
      }),
    );
  });
});

describe("what is told of traffic", () => {
  const now = START_S * 1000;
  const sample = { traits: traits(), region: REGION, result: "2xx", weight: 2 };

  it("is taken as it is where it can be so, and else passed over entry by entry", () => {
    const service = {
      service: SERVICE,
      cells: [{ region: null, result: "limited", requests: 3 }, { region: REGION, result: "2xx", requests: -1 }, null],
      samples: [sample, { ...sample, weight: Number.NaN }, { ...sample, traits: { ...traits(), client: "" } }],
      clients: [{ client: "a", region: null, requests: 5, of: "a later version" }],
    };
    expect(readTraffic([{ second: START_S, blocked: 1, services: [service, { service: "A B" }] }], now)).toEqual([
      {
        limits: [],
        second: START_S,
        blocked: 1,
        services: [
          {
            service: SERVICE,
            cells: [{ region: null, result: "limited", requests: 3 }],
            samples: [sample],
            clients: [{ client: "a", region: null, requests: 5 }],
          },
        ],
      },
    ]);
  });

  it("never throws, and gives no second that is far off", () => {
    fc.assert(
      fc.property(fc.anything(), (told) => {
        for (const { second } of readTraffic([told, { second: told }], now))
          expect(Math.abs(second - START_S)).toBeLessThanOrEqual(12);
      }),
    );
    expect(readTraffic([{ second: START_S + 60, services: [] }], now)).toEqual([]);
  });
});

describe("a reader of traits", () => {
  it("reads what is read without a memory", () => {
    const reader = new TraitReader();
    const snapshot = testSnapshot(testTable());
    const [service = ""] = snapshot.services.map(({ id }) => id);
    const segment = fc.tuple(fc.string({ maxLength: 20 }), fc.nat(400)).map(([part, n]) => part.repeat(n));
    const text = fc.oneof(
      fc.string({ maxLength: 400 }),
      fc.array(segment, { maxLength: 6 }).map((segments) => segments.join("/")),
      fc.constantFrom("/orders/12345", "/", "/a/b/c/d/e", "curl/8"),
    );
    fc.assert(
      fc.property(text, text, (path, agent) => {
        const request = testRequest(snapshot, service, { path: `/${path}`, headers: { "user-agent": agent } });
        if (request) {
          const source = traitSource(request.facts);
          expect(reader.read(source)).toEqual(new TraitReader().read(source));
          // Of what is long, only the start is kept, and says the same.
          expect(source.path.length + (source.agent?.length ?? 0)).toBeLessThanOrEqual(2300);
          expect(reader.read(source)).toMatchObject({
            pathClass: pathClassOf(request.facts.path),
            agentFamily: agentFamilyOf(agent),
          });
        }
      }),
    );
  });
});
