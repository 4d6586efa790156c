import { parseCidr } from "../../base/ip.ts";
import type { SignatureMatch } from "../../table/defence.ts";
import type { WeightedTraits } from "../attack.ts";
import { neighbourhoodOf, networkOf, networkText } from "../ban/network.ts";
import { type TraitName, type Traits, traitNames } from "../traits.ts";

/** What a signature may be made of: the traits, and the /24 or /48 of the client. */
export const featureNames = ["prefix", ...traitNames] as const;
export type FeatureName = "prefix" | TraitName;
export type Feature = string | number;

/** Samples with what signatures are made of, in the order of `featureNames`. */
export interface FeatureRow {
  readonly features: readonly (Feature | null)[];
  readonly weight: number;
}

export function rowsOf(samples: readonly WeightedTraits[]): FeatureRow[] {
  return samples.map(({ traits, weight }) => {
    const cidr = networkOf(traits.client);
    const own = traitNames.map((name) => traits[name]);
    return { features: [cidr === null ? null : neighbourhoodOf(cidr), ...own], weight };
  });
}

/** Whether a request with these traits is one of those that a signature means. */
export function matches(match: SignatureMatch, traits: Traits): boolean {
  if (match.prefix !== undefined && !isWithin(traits.client, match.prefix)) return false;
  return traitNames.every((name) => match[name] === undefined || match[name] === traits[name]);
}

function isWithin(client: string, prefix: string): boolean {
  const own = networkOf(client);
  const around = parseCidr(prefix);
  if (own === null || !around.ok || around.value.ip.family !== own.ip.family) return false;
  return around.value.prefix <= own.prefix && networkText(own.ip, around.value.prefix) === around.value.text;
}
