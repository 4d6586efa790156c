import { type Cidr, holds, type Ip, parseCidr } from "../../src/base/ip.ts";

/** Shorter prefixes are more than one network operator has, and hardly ever meant. */
const SHORTEST_PREFIX = { 4: 8, 6: 16 } as const;

type Hazard =
  | { readonly kind: "own-address"; readonly address: string; readonly cidr: string }
  | { readonly kind: "too-wide"; readonly cidr: string; readonly shortest: number };

/** The first of the bans of a patch of the table that only who insists on it makes. What is no ban is for its schema to say. */
export function hazardIn(patch: Readonly<Record<string, unknown>>, caller: Ip): Hazard | null {
  const bans = Object.hasOwn(patch, "blacklist") ? patch.blacklist : undefined;
  if (typeof bans !== "object" || bans === null) return null;
  for (const [id, rule] of Object.entries(bans)) {
    const cidr = rule === null ? null : parseCidr(id);
    const hazard = cidr?.ok ? hazardOf(cidr.value, caller) : null;
    if (hazard !== null) return hazard;
  }
  return null;
}

/** Why a network is banned only by who insists on it; `null` where nothing speaks against it. */
export function hazardOf(network: Cidr, caller: Ip): Hazard | null {
  const { ip, prefix, text } = network;
  const shortest = SHORTEST_PREFIX[ip.family];
  if (prefix < shortest) return { kind: "too-wide", cidr: text, shortest };
  return holds(network, caller) ? { kind: "own-address", address: caller.text, cidr: text } : null;
}
