import { isWithin, neighbourhoodOf, parseCidr } from "../../base/ip.ts";
import type { SignatureMatch } from "../../table/defence.ts";
import type { WeightedTraits } from "../attack.ts";
import { networkOf } from "../ban/network.ts";
import { type TraitName, type Traits, traitNames } from "../traits.ts";

/** What a signature may be made of: the traits, and the /24 or /48 of the client. */
export const featureNames = ["prefix", ...traitNames] as const;
export type FeatureName = "prefix" | TraitName;
export type Feature = string | number;

/** Requests alike, by what signatures are made of, in the order of `featureNames`. */
export interface FeatureRow {
  readonly features: readonly (Feature | null)[];
  readonly weight: number;
}

/** Those of an attack are much alike: together they are few. */
export function rowsOf(samples: readonly WeightedTraits[]): FeatureRow[] {
  const alike = new Map<string, { features: FeatureRow["features"]; weight: number }>();
  for (const { traits, weight } of samples) {
    const cidr = networkOf(traits.client);
    const features = [cidr === null ? null : neighbourhoodOf(cidr.ip), ...traitNames.map((name) => traits[name])];
    const key = features.join("\n");
    const row = alike.get(key);
    if (row) row.weight += weight;
    else alike.set(key, { features, weight });
  }
  return [...alike.values()];
}

/** Whether a request with these traits is one of those that a signature means. */
export function matches(match: SignatureMatch, traits: Traits): boolean {
  if (match.prefix !== undefined && !isClientWithin(traits.client, match.prefix)) return false;
  return traitNames.every((name) => match[name] === undefined || match[name] === traits[name]);
}

function isClientWithin(client: string, prefix: string): boolean {
  const own = networkOf(client);
  const around = parseCidr(prefix);
  return own !== null && around.ok && isWithin(own, around.value);
}
