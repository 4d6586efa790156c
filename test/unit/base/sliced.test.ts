import { expect, it } from "vitest";
import { atOnce, inSlices, type Sliced } from "../../../src/base/sliced.ts";

function* work(steps: number, cost: number): Sliced<string> {
  for (let step = 0; step < steps; step++) yield cost;
  return "done";
}

async function pausesIn(sliced: Sliced<string>): Promise<number> {
  let pauses = 0;
  const result = await inSlices(sliced, async () => {
    pauses += 1;
  });
  expect(result).toBe("done");
  return pauses;
}

it("pauses by what the work has cost, not by how often it could be left", async () => {
  expect(await pausesIn(work(100, 1))).toBe(0);
  expect(await pausesIn(work(4, 5000))).toBe(4);
  const few = await pausesIn(work(1000, 30));
  expect(few).toBeGreaterThan(10);
  expect(few).toBeLessThan(50);
});

it("comes to the same at once", () => {
  expect(atOnce(work(9, 9999))).toBe("done");
});
