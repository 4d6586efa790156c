import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hide, inRegion, monitorAt } from "../../scripts/sim/faults.ts";
import type { World } from "../../scripts/sim/world.ts";
import { locationHints } from "../../src/table/region.ts";
import { type Tale, type Turn, tell } from "./failover-story.ts";

/** Set to write the transcripts anew: to be read before they are kept. */
const WRITES = process.env.WRITE_FAILOVER_GOLDEN === "1";

const die = (second: number, ...regions: readonly string[]): Turn => ({
  second,
  words: `${regions.join(" and ")}: every process is killed`,
  act: (world) => each(world, regions, (node) => node.kill()),
});
const live = (second: number, ...regions: readonly string[]): Turn => ({
  second,
  words: `${regions.join(" and ")}: started again`,
  act: (world) => each(world, regions, (node) => node.start()),
});

function each({ nodes }: World, regions: readonly string[], act: (node: World["nodes"][number]) => void): void {
  for (const region of regions) for (const node of inRegion(nodes, region)) act(node);
}

const REGION = "us-east-1";
const LIAR = "weur";
/** Of eleven vantages one is not heard, so that the others can be of two minds in equal parts. */
const [SILENT, ...HEARD] = locationHints;
const BLIND = HEARD.slice(0, HEARD.length / 2);

interface Story {
  readonly name: string;
  readonly turns: readonly Turn[];
  readonly seconds: number;
  /** How many failovers it has. */
  readonly failovers: number;
}

const stories: readonly Story[] = [
  { name: "one-region", turns: [die(0, REGION), live(60, REGION)], seconds: 200, failovers: 1 },
  {
    name: "two-at-once",
    turns: [die(0, REGION, "ca-central-1"), live(60, REGION, "ca-central-1")],
    seconds: 200,
    failovers: 2,
  },
  {
    name: "a-flapping-region",
    turns: [0, 60, 120, 180].flatMap((second) => [die(second, REGION), live(second + 30, REGION)]),
    seconds: 620,
    failovers: 1,
  },
  {
    name: "a-lying-vantage",
    turns: [
      {
        second: 0,
        words: `${LIAR} takes all backends for down`,
        act: ({ network }) => void network.lies.set(monitorAt(LIAR), 503),
      },
      {
        second: 60,
        words: `${LIAR} takes all backends for up`,
        act: ({ network }) => void network.lies.set(monitorAt(LIAR), 200),
      },
      die(90, REGION),
      live(120, REGION),
    ],
    seconds: 260,
    failovers: 1,
  },
  {
    name: "a-half-partition",
    turns: [
      {
        second: 0,
        words: `${SILENT} is cut off from the table`,
        act: ({ network }) => void network.cuts.add(`${monitorAt(SILENT)} table`),
      },
      {
        second: 40,
        words: `${REGION} is hidden from ${BLIND.join(", ")}`,
        act: ({ network, nodes }) => void hide(network, BLIND, inRegion(nodes, REGION)),
      },
      {
        second: 120,
        words: "everything is seen again",
        act: ({ network }) => network.cuts.clear(),
      },
    ],
    seconds: 200,
    failovers: 0,
  },
];

it.each(stories)("$name", async ({ name, turns, seconds, failovers }) => {
  const { violation, text }: Tale = await tell(turns, seconds);
  expect(violation).toBeNull();
  const file = join(import.meta.dirname, `../golden/failover/${name}.txt`);
  if (WRITES) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
  // Whoever writes it anew is not to overlook these.
  expect(text.match(/asked for by/g)?.length ?? 0).toBe(failovers);
  expect(text.match(/all of its traffic has returned/g)?.length ?? 0).toBe(failovers);
});
