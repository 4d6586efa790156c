import { type AttackReport, MAX_CULPRITS, MAX_SAMPLES, severityNowOf, type WeightedTraits } from "../attack.ts";
import { type Severity, severities } from "./attack-record.ts";

/** An attack on a service as all who see it have reported it. Rates are requests a second. */
export interface AttackView {
  /**
   * Whether the detector of all traffic speaks. Only then is anything done: a region's usual traffic is not the
   * service's, and clients that have moved to it look new there.
   */
  readonly isOfAll: boolean;
  /** The regions that speak where it does not. */
  readonly regions: readonly string[];
  /** Of the newest report, by the clock of its detector. Unix milliseconds. */
  readonly at: number;
  /** The worst so far. */
  readonly severity: Severity;
  /** As bad as it is now; `null` where there is no more than chance brings. */
  readonly severityNow: Severity | null;
  /** Whether all that is seen may have moved there from other parts of the traffic. */
  readonly hasMoved: boolean;
  readonly sigmas: number;
  readonly expected: number;
  readonly actual: number;
  /** What the shield let pass; `null` where nobody can tell. */
  readonly passed: number | null;
  readonly explanations: AttackReport["explanations"];
  /** Weights are requests a second: those of `recent` are `actual` together, those of `usual` are `expected`. */
  readonly recent: readonly WeightedTraits[];
  readonly usual: readonly WeightedTraits[];
  readonly culprits: AttackReport["culprits"];
}

/** The detector of all traffic sees what the others see. */
export const EVERYWHERE = "global";

/** The reports that go on, at most one a scope, as one; `null` without any. Where nobody sees all, regions add up, for people. */
export function viewOf(reports: readonly AttackReport[]): AttackView | null {
  const ongoing = reports.filter(({ state }) => state === "ongoing");
  const everywhere = ongoing.find(({ scope }) => scope === EVERYWHERE);
  const counted = everywhere ? [everywhere] : ongoing;
  if (counted.length === 0) return null;
  const passed = counted.map((report) => report.passed ?? Number.NaN).reduce(plus);
  return {
    isOfAll: everywhere !== undefined,
    regions: everywhere ? [] : counted.map(({ scope }) => scope).sort(),
    at: Math.max(...counted.map(({ at }) => at)),
    severity: counted.map(({ severity }) => severity).reduce(worse),
    severityNow: worstNow(counted),
    hasMoved: counted.every(({ hasMoved }) => hasMoved === true),
    sigmas: Math.max(...counted.map(({ sigmas }) => sigmas)),
    expected: counted.map(({ expected }) => expected).reduce(plus),
    actual: counted.map(({ actual }) => actual).reduce(plus),
    passed: Number.isNaN(passed) ? null : passed,
    explanations: counted.flatMap(({ explanations }) => explanations).sort(byChange),
    recent: samplesOf(counted.map(({ recent, actual }) => [recent, actual])),
    usual: samplesOf(counted.map(({ usual, expected }) => [usual, expected])),
    culprits: culpritsOf(counted),
  };
}

export const worse = (a: Severity, b: Severity): Severity => (severities.indexOf(a) >= severities.indexOf(b) ? a : b);

function worstNow(reports: readonly AttackReport[]): Severity | null {
  const now = reports.map(severityNowOf).filter((severity) => severity !== "none");
  return now.length === 0 ? null : now.reduce(worse);
}

/** What all requests have in common has the most requests of an attack, too, and explains nothing. */
const byChange = (a: AttackReport["explanations"][number], b: AttackReport["explanations"][number]): number =>
  Math.abs(b.share - b.usualShare) - Math.abs(a.share - a.usualShare);

const plus = (a: number, b: number): number => a + b;

/** Each report's own part of the room, weighted by its rate. */
function samplesOf(parts: readonly (readonly [samples: readonly WeightedTraits[], rate: number])[]): WeightedTraits[] {
  const most = Math.floor(MAX_SAMPLES / parts.length);
  return parts.flatMap(([samples, rate]) => {
    const taken = samples.slice(0, most);
    const total = taken.reduce((sum, { weight }) => sum + weight, 0);
    return total > 0 ? taken.map(({ traits, weight }) => ({ traits, weight: (weight * rate) / total })) : [];
  });
}

function culpritsOf(reports: readonly AttackReport[]): AttackReport["culprits"] {
  const byClient = new Map<string, AttackReport["culprits"][number]>();
  for (const { culprits } of reports)
    for (const { client, perSecond, usualPerSecond } of culprits) {
      const before = byClient.get(client) ?? { perSecond: 0, usualPerSecond: 0 };
      byClient.set(client, {
        client,
        perSecond: before.perSecond + perSecond,
        usualPerSecond: before.usualPerSecond + usualPerSecond,
      });
    }
  return [...byClient.values()].sort((a, b) => b.perSecond - a.perSecond).slice(0, MAX_CULPRITS);
}
