import { type Cidr, holds, type Ip, parseCidr } from "../../src/base/ip.ts";
import { Spared } from "../../src/shield/ban/spared.ts";
import { isObject } from "../../src/table/merge-patch.ts";
import { readTable } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";

/** Shorter prefixes are more than one network operator has, and hardly ever meant. */
const SHORTEST_PREFIX = { 4: 8, 6: 16 } as const;

export type Hazard = Extract<Refusal, { readonly kind: "own-address" | "too-wide" | "verified-bot" }>;

/** The first of these bans, entries by id, that only who insists on it makes. What is no ban is for its schema to say. */
export async function hazardIn(call: Call, bans: unknown): Promise<Refusal | null> {
  const networks = Object.entries(isObject(bans) ? bans : {}).flatMap(([id, rule]) => {
    const cidr = rule === null ? null : parseCidr(id);
    return cidr?.ok ? [cidr.value] : [];
  });
  if (networks.length === 0) return null;
  const published = await readTable(call);
  if (!published.ok) return published.error;
  const bots = Spared.bots(published.value.table.bots);
  for (const network of networks) {
    const [hazard] = hazardsOf(network, call.address, bots);
    if (hazard !== undefined) return hazard;
  }
  return null;
}

/** All that speaks against a ban so that only who insists on it makes it. */
export function hazardsOf(network: Cidr, caller: Ip, bots: Spared): readonly Hazard[] {
  return [hazardOf(network, caller), botHazard(network, bots)].filter((hazard) => hazard !== null);
}

/** The same but for verified bots. */
export function hazardOf(network: Cidr, caller: Ip): Hazard | null {
  const { ip, prefix, text } = network;
  const shortest = SHORTEST_PREFIX[ip.family];
  if (prefix < shortest) return { kind: "too-wide", cidr: text, shortest };
  return holds(network, caller) ? { kind: "own-address", address: caller.text, cidr: text } : null;
}

function botHazard(network: Cidr, bots: Spared): Hazard | null {
  const bot = bots.by(network);
  return bot === null ? null : { kind: "verified-bot", bot, hint: "force does it all the same" };
}
