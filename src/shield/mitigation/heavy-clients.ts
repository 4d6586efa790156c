import { networkOf } from "../ban/network.ts";
import { isFarAboveUsual } from "../ban/suspects.ts";
import { MAX_COLLATERAL } from "./collateral.ts";
import type { AttackView } from "./view.ts";

/** A client that explains this part of what is too much is dealt with by itself. Those who do are few. */
export const MIN_SHARE_OF_HEAVY = 0.2;

/** What is seen of an attack. */
export type Sight = Pick<AttackView, "recent" | "usual" | "expected" | "actual" | "culprits">;

export interface HeavyClient {
  readonly client: string;
  /** The network that it alone is. */
  readonly prefix: string;
  /** Requests a second of what is too much, and of usual times, by the samples that signatures are measured by. */
  readonly gain: number;
  readonly usual: number;
}

/** The clients far above their usual that explain much by themselves: by their network, their neighbours would be met with them. */
export function heavyClientsOf({ recent, usual, expected, actual, culprits }: Sight): HeavyClient[] {
  const least = MIN_SHARE_OF_HEAVY * (actual - expected);
  const loud = culprits.filter(
    ({ perSecond, usualPerSecond }) => perSecond >= least && isFarAboveUsual(perSecond, usualPerSecond),
  );
  if (least <= 0 || loud.length === 0) return [];
  const recentOf = byClient(recent);
  const usualOf = byClient(usual);
  const maxUsual = MAX_COLLATERAL * [...usualOf.values()].reduce((sum, rate) => sum + rate, 0);
  return loud.flatMap(({ client }): HeavyClient[] => {
    const prefix = networkOf(client)?.text;
    const own = usualOf.get(client) ?? 0;
    const gain = (recentOf.get(client) ?? 0) - own;
    return prefix === undefined || gain < least || own > maxUsual ? [] : [{ client, prefix, gain, usual: own }];
  });
}

function byClient(samples: AttackView["recent"]): Map<string, number> {
  const rates = new Map<string, number>();
  for (const { traits, weight } of samples) rates.set(traits.client, (rates.get(traits.client) ?? 0) + weight);
  return rates;
}
