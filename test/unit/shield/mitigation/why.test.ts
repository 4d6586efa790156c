import { expect, it } from "vitest";
import { viewOf } from "../../../../src/shield/mitigation/view.ts";
import { whyOf } from "../../../../src/shield/mitigation/why.ts";
import { explain } from "../../../../src/shield/traffic/explain-attack.ts";
import { emptySlice } from "../../../../src/shield/traffic/slice.ts";
import { UsualShares } from "../../../../src/shield/traffic/usual-shares.ts";
import { floodReport } from "../reports.ts";

const method = { dimension: "method", value: "GET", usualShare: 0.8, share: 1, excess: 80 };
const agent = { dimension: "agentFamily", value: "python", usualShare: 0, share: 0.7, excess: 70 };

it("is first what has changed its share most, not what all requests have", () => {
  const view = viewOf([floodReport({ explanations: [method, agent] })]);
  expect(view?.explanations).toEqual([agent, method]);
});

it.each([
  [60, 0, "client"],
  [40, 0, "agentFamily"],
  [60, 20, "agentFamily"],
])(
  "is one client with %i requests a second, usually %i, of a hundred too many: %s",
  (perSecond, usualPerSecond, dimension) => {
    const culprits = [{ client: "192.0.2.1", perSecond, usualPerSecond }];
    expect(whyOf({ explanations: [agent], culprits, expected: 30, actual: 130 })?.dimension).toBe(dimension);
  },
);

it.each([
  [0.92, 0],
  [0.2, 1],
])("is nothing that has about its usual share, such as %d", (usualShare, found) => {
  const usual = new UsualShares({ rate: { mean: 30, weight: 1000 }, shares: { method: { GET: usualShare } } });
  const counts = new Map([["method", new Map([["GET", 400]])]] as const);
  const slice = { ...emptySlice(1), total: 400, counts };
  expect(explain([slice], usual, 30, "flood")).toHaveLength(found);
});
