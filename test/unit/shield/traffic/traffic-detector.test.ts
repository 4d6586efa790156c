import { describe, expect, it } from "vitest";
import { Feed, type Stream } from "./world.ts";

const usual: readonly Stream[] = [
  { rate: 200, traits: { country: "DE", asn: 3320 } },
  { rate: 100, traits: { country: "FR", asn: 3215, pathClass: "/cart" } },
  { rate: 60, traits: { country: "US", asn: 7018, agentFamily: "safari" } },
  { rate: 8, traits: { country: "NL", asn: 1136, client: "198.51.100.7" } },
];

describe("a detector of traffic", () => {
  it("finds a flood, says who and what it is, and when it is over", () => {
    const feed = new Feed();
    expect(feed.run(400, () => usual)).toEqual([]);
    const flood = { rate: 400, traits: { country: "BR", asn: 64500, client: "192.0.2.1", agentFamily: "python" } };
    const reports = feed.run(60, () => [...usual, flood]);
    console.log(reports.length, JSON.stringify({ ...reports[10], recent: 0, usual: 0 }, null, 1));
    const after = feed.run(60, () => usual);
    console.log(after.length, after.at(-1)?.state, feed.ids.size, feed.detector.seriesCount);
  });
});
