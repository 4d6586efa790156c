import type { AttackReport, WeightedTraits } from "../../../src/shield/attack.ts";
import type { Traits } from "../../../src/shield/traits.ts";

export const traits = (over: Partial<Traits> = {}): Traits => ({
  client: "192.0.2.1",
  country: "DE",
  asn: 64500,
  method: "GET",
  pathClass: "/api",
  agentFamily: "chrome",
  ...over,
});

/** So many requests alike, each of another client. */
export const crowd = (count: number, over: Partial<Traits> = {}, net = "198.18"): WeightedTraits[] =>
  Array.from({ length: count }, (_, i) => ({
    traits: traits({ client: `${net}.${(i >> 8) & 255}.${i & 255}`, ...over }),
    weight: 1,
  }));

/** Usual traffic of some variety. */
export function usualCrowd(count: number): WeightedTraits[] {
  const pick = <T>(from: readonly T[], i: number): T => from[i % from.length] as T;
  return Array.from({ length: count }, (_, i) => ({
    traits: traits({
      client: `10.${i % 200}.${(i * 7) % 256}.${(i * 13) % 256}`,
      country: pick(["DE", "FR", "US", "BR", "IN"], i),
      asn: 64500 + (i % 40),
      method: i % 10 === 0 ? "POST" : "GET",
      pathClass: pick(["/", "/api", "/api/:id", "/login"], i >> 1),
      agentFamily: pick(["chrome", "firefox", "safari", "edge"], i >> 2),
    }),
    weight: 1,
  }));
}

export const floodReport = (over: Partial<AttackReport> = {}): AttackReport => ({
  id: "report-1",
  service: "api" as AttackReport["service"],
  scope: "global",
  state: "ongoing",
  at: 0,
  startedAt: over.at ?? 0,
  direction: "flood",
  severity: "major",
  sigmas: 9,
  expected: 100,
  actual: 1000,
  explanations: [],
  recent: [],
  usual: [],
  culprits: [],
  ...over,
});
