import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Waiting } from "../../../src/shield/waiting.ts";

const MINUTE = 60_000;

describe("requests that wait", () => {
  it("are counted by client, up and down", () => {
    const waiting = new Waiting();
    const first = waiting.begin("a", 0);
    waiting.begin("a", 1);
    waiting.begin("b", 1);
    expect([waiting.count("a", 1), waiting.count("b", 1), waiting.count("c", 1)]).toEqual([2, 1, 0]);
    waiting.end("a", first);
    expect(waiting.count("a", 1)).toBe(1);
  });

  it("are counted across the minute in which they began, and forgotten after the next", () => {
    const waiting = new Waiting();
    const begun = waiting.begin("a", MINUTE - 1);
    waiting.begin("a", MINUTE - 1);
    expect(waiting.count("a", MINUTE)).toBe(2);
    waiting.end("a", begun);
    expect(waiting.count("a", MINUTE)).toBe(1);
    expect(waiting.count("a", 2 * MINUTE)).toBe(0);
    waiting.end("a", begun);
    expect(waiting.count("a", 2 * MINUTE)).toBe(0);
  });

  it.each([-MINUTE, 10 * MINUTE])("start anew when the clock jumps by %i ms", (jump) => {
    const waiting = new Waiting();
    const begun = waiting.begin("a", 20 * MINUTE);
    expect(waiting.count("a", 20 * MINUTE + jump)).toBe(0);
    waiting.begin("a", 20 * MINUTE + jump);
    waiting.end("a", begun);
    expect(waiting.count("a", 20 * MINUTE + jump)).toBe(1);
  });

  it("of more clients than there is room for are not counted, and harm nobody", () => {
    const waiting = new Waiting(2);
    for (const client of ["a", "b", "c", "a"]) waiting.begin(client, 0);
    expect(["a", "b", "c"].map((client) => waiting.count(client, 0))).toEqual([2, 1, 0]);
    waiting.end("c", 0);
    waiting.end("b", 0);
    waiting.begin("c", 0);
    expect(waiting.count("c", 0)).toBe(1);
  });

  it("are as a list of them has it, while all end within a minute", () => {
    const step = fc.record({ client: fc.constantFrom("a", "b"), ends: fc.boolean(), afterMs: fc.nat(500) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const waiting = new Waiting();
        const open: { client: string; generation: number }[] = [];
        let now = MINUTE - 20_000;
        for (const { client, ends, afterMs } of steps) {
          now += afterMs;
          const ended = ends ? open.findIndex((one) => one.client === client) : -1;
          const [one] = ended < 0 ? [] : open.splice(ended, 1);
          if (one) waiting.end(client, one.generation);
          else open.push({ client, generation: waiting.begin(client, now) });
          for (const each of ["a", "b"])
            expect(waiting.count(each, now)).toBe(open.filter((one) => one.client === each).length);
        }
      }),
    );
  });
});
