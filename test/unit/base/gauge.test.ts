import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Gauge } from "../../../src/base/gauge.ts";

const minute = 60_000;

describe("Gauge", () => {
  it("counts up and down", () => {
    const gauge = new Gauge();
    const [a, b] = [gauge.begin(5), gauge.begin(6)];
    expect(gauge.value(7)).toBe(2);
    gauge.end(a);
    expect(gauge.value(7)).toBe(1);
    gauge.end(b);
    expect(gauge.value(7)).toBe(0);
  });

  it("a count that is never taken back is kept for a minute, and forgotten within two", () => {
    for (const startedAt of [0, 1, minute - 1, 7 * minute, 7 * minute + 30_000]) {
      const gauge = new Gauge();
      gauge.begin(startedAt);
      expect(gauge.value(startedAt + minute)).toBe(1);
      expect(gauge.value(startedAt + 2 * minute)).toBe(0);
    }
  });

  it("also with nobody looking in between", () => {
    const gauge = new Gauge();
    gauge.begin(0);
    gauge.begin(minute);
    expect(gauge.value(minute)).toBe(2);
    expect(gauge.value(2 * minute)).toBe(1);
    expect(gauge.value(10 * minute)).toBe(0);
  });

  it("an end that comes after its count was forgotten takes away nobody else's", () => {
    const gauge = new Gauge();
    const late = gauge.begin(0);
    gauge.begin(2 * minute);
    gauge.end(late);
    expect(gauge.value(2 * minute)).toBe(1);
  });

  it("an end in the next generation takes back its own", () => {
    const gauge = new Gauge();
    const late = gauge.begin(minute - 1);
    gauge.begin(minute);
    gauge.end(late);
    expect(gauge.value(minute)).toBe(1);
    expect(gauge.value(2 * minute)).toBe(1);
  });

  /** The twin: every start in a list, of which those of this minute and the one before count. */
  it("agrees with a list of what is in progress", () => {
    const steps = fc.record({ afterMs: fc.integer({ min: 0, max: 50_000 }), ends: fc.nat(5), begin: fc.boolean() });
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60 }), (script) => {
        const gauge = new Gauge();
        const running: { generation: number; minute: number }[] = [];
        let now = 0;
        for (const { afterMs, ends, begin } of script) {
          now += afterMs;
          if (begin) running.push({ generation: gauge.begin(now), minute: Math.floor(now / minute) });
          else for (const { generation } of running.splice(0, ends)) gauge.end(generation);
          const counted = running.filter((each) => each.minute >= Math.floor(now / minute) - 1);
          expect(gauge.value(now)).toBe(counted.length);
        }
      }),
    );
  });
});
