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
  expect(await pausesIn(work(4, 9000))).toBe(4);
  expect(await pausesIn(work(1000, 30))).toBe(await pausesIn(work(3000, 10)));
});

it("takes longer slices as it goes on, up to a limit", async () => {
  const pauses = await Promise.all([10_000, 100_000, 200_000].map((steps) => pausesIn(work(steps, 1))));
  const [few = 0, many = 0, more = 0] = pauses;
  expect(few).toBeGreaterThan(2);
  expect(many).toBeLessThan(few * 10);
  expect(more - many).toBeGreaterThan(10);
});

it("comes to the same at once", () => {
  expect(atOnce(work(9, 9999))).toBe("done");
});
