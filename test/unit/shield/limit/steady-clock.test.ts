import { describe, expect, it } from "vitest";
import { SteadyClock } from "../../../../src/shield/limit/steady-clock.ts";

describe("a steady clock", () => {
  it.each([
    ["goes on", [0, 1, 5], [0, 1, 5]],
    ["stands still while it is a little behind", [100, 90, 95, 101], [100, 100, 100, 101]],
    ["goes on from where it was when it is set back", [100_000, 1000, 1500], [100_000, 100_000, 100_500]],
    ["is not made fast by going to and fro", [10, 0, 10, 0, 11], [10, 10, 10, 10, 11]],
  ])("%s", (_, times, read) => {
    const clock = new SteadyClock();
    expect(times.map((time) => clock.read(time))).toEqual(read);
  });
});
