import { describe, expect, it } from "vitest";
import { simulate } from "../../scripts/sim/simulate.ts";

async function transcriptOf(seed: number): Promise<string> {
  const lines: string[] = [];
  await simulate({ seed, durationMs: 30_000, print: (line) => void lines.push(line) });
  return lines.join("\n");
}

describe("the simulation", () => {
  it.each([3, 11, 12, 70])("with seed %i is the same, byte for byte, whenever it is run", async (seed) => {
    const first = await transcriptOf(seed);
    expect(first.split("\n").length).toBeGreaterThan(50);
    expect(await transcriptOf(seed)).toBe(first);
  });

  it("with another seed is another one", async () => {
    expect(await transcriptOf(2)).not.toBe(await transcriptOf(1));
  });

  it("brings the real surroundings back", async () => {
    const { setTimeout, fetch } = globalThis;
    const { now } = Date;
    await transcriptOf(1);
    expect(globalThis.setTimeout).toBe(setTimeout);
    expect(globalThis.fetch).toBe(fetch);
    expect(Date.now).toBe(now);
  });
});
