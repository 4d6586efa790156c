import { type Client, clients, SERVICES } from "./clients.ts";
import type { Dice } from "./dice.ts";

/** Requests at once that a run can afford: what comes at more a second lasts the shorter. */
const MAX_REQUESTS = 400;

/** Somebody who sends far more than others. */
export interface LoudClient {
  readonly client: Client;
  /** Which of the run's colos the network leads it to, 0 to 1. */
  readonly way: number;
  readonly perSecond: number;
}

/** An attack on one service, and who is as loud as the attackers without being one. */
export interface Attack {
  readonly words: string;
  readonly service: string;
  readonly attackers: readonly LoudClient[];
  /** On the allowlist from the first table on. */
  readonly partners: readonly LoudClient[];
  /** Attackers say by `X-Forwarded-For` that they are somebody else, each time somebody else. */
  readonly forges: boolean;
  /** From the start of the run. */
  readonly startsAtMs: number;
  readonly lastsMs: number;
}

/** All of them in one network, as a botnet at one provider is: an operator may be tempted to ban the whole of it. */
const ATTACKERS_NETWORK = "198.51.100";
/** One in the attackers' own network, one far from it. */
const PARTNER_ADDRESSES = [`${ATTACKERS_NETWORK}.200`, "192.0.2.7"];

/** What an operator bans: an address, its neighbours, the whole network. */
export const banNetworks = (address: string): readonly string[] => {
  const [host = 0] = address.split(".").map(Number).slice(3);
  return [`${address}/32`, `${ATTACKERS_NETWORK}.${host & 0xf0}/28`, `${ATTACKERS_NETWORK}.0/24`];
};

/** One address alone, or a botnet whose members are no louder than a busy client. */
export function drawAttack(dice: Dice): Attack {
  const isBotnet = dice.chance(0.5);
  const size = isBotnet ? dice.integer(4, 8) : 1;
  const perSecond = isBotnet ? dice.between(6, 12) : dice.between(30, 60);
  const loud = (name: string, address: string): LoudClient => ({
    client: { ...dice.pick(clients), name, address },
    way: dice.between(0, 1),
    perSecond,
  });
  const attackers = Array.from({ length: size }, (_, i) => loud(`attacker-${i}`, `${ATTACKERS_NETWORK}.${10 + 9 * i}`));
  const partners = PARTNER_ADDRESSES.slice(0, dice.integer(0, PARTNER_ADDRESSES.length)).map((address, i) =>
    loud(`partner-${i}`, address),
  );
  const forges = dice.chance(0.5);
  const together = perSecond * (attackers.length + partners.length);
  return {
    words: `${isBotnet ? `a botnet of ${size}` : "one address"}, ${Math.round(together)} requests a second`,
    service: dice.pick(SERVICES),
    attackers,
    partners,
    forges,
    startsAtMs: dice.between(4000, 12_000),
    lastsMs: Math.min(dice.between(5000, 12_000), (MAX_REQUESTS / together) * 1000),
  };
}

/** What an address may send where an attack is to come: little, so that a run can afford to break it. */
export const LIMIT = { rate: 5, burst: 5, banAfterSeconds: 2 } as const;

/** What the first table has because of it. */
export function preparedFor({ partners }: Attack) {
  const entry = { reason: "a partner", createdAt: 0, expiresAt: null };
  return {
    limits: { "per-client": LIMIT },
    allowlist: Object.fromEntries(partners.map(({ client }) => [`${client.address}/32`, entry])),
  };
}
