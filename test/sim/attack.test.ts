import { expect, it } from "vitest";
import { clients } from "../../scripts/sim/clients.ts";
import type { Scenario } from "../../scripts/sim/scenario.ts";
import { simulate } from "../../scripts/sim/simulate.ts";

/** Long enough that the detectors know what is usual. */
const ATTACK_STARTS_MS = 40_000;
const ATTACK_LASTS_MS = 15_000;
/** Longer than a defence may last in a calm world. */
const CALM_MS = 300_000;

const berlin = clients.find(({ name }) => name === "berlin") ?? (clients[0] as (typeof clients)[number]);
const botnet = Array.from({ length: 40 }, (_, i) => ({
  client: { ...berlin, name: `attacker-${i}`, address: `198.51.100.${10 + i}` },
  way: i / 40,
  perSecond: 1.5,
}));

/** Each of the botnet stays below its limit. */
const scenario: Partial<Scenario> = {
  regions: ["us-east-1", "eu-west-1", "eu-central-1"],
  nodesPerRegion: 1,
  isolates: [
    { colo: "FRA", site: "eu-central-1" },
    { colo: "IAD", site: "us-east-1" },
  ],
  requestEveryMs: 60,
  changeEveryMs: Number.POSITIVE_INFINITY,
  faults: ["object-restart", "rough-weather", "alarm-twice"],
  faultEveryMs: 8000,
  faultsUntilMs: ATTACK_STARTS_MS + ATTACK_LASTS_MS,
  attack: {
    words: "a botnet of 40",
    service: "free",
    attackers: botnet,
    partners: [],
    forges: false,
    startsAtMs: ATTACK_STARTS_MS,
    lastsMs: ATTACK_LASTS_MS,
  },
};

it("an attack among faults is seen, and all that is done about it ends by itself", async () => {
  const durationMs = ATTACK_STARTS_MS + ATTACK_LASTS_MS + CALM_MS;
  const levels = new Set<string>();
  for (const seed of [1, 2, 3]) {
    const { violation, attacks } = await simulate({ seed, durationMs, scenario });
    expect(violation, `seed ${seed}`).toBeNull();
    for (const { mostLevel, state, level } of attacks) {
      expect([state, level]).toEqual(["over", "observe"]);
      levels.add(mostLevel);
    }
  }
  // Without any that something was done about this would prove little.
  expect(levels).toContain("limit");
});
