import type { Configuration } from "./configuration.ts";

/** A clock is read in whole milliseconds. */
const ROUNDING_MS = 1;

export interface ListedNetwork {
  readonly expiresAt: number | null;
  /** The shield's record, where it was the shield. */
  readonly ban?: string;
}

export type AddressList = "blacklist" | "allowlist";

export const listOf = (configuration: Configuration, list: AddressList): readonly [cidr: string, ListedNetwork][] =>
  Object.entries(configuration[list] ?? {}) as [string, ListedNetwork][];

/** The network of the blacklist that an edge must refuse the address by, at this time by its own clock; else `null`. */
export function bannedBy(configuration: Configuration, address: string, now: number): string | null {
  const holds = ([cidr]: readonly [string, unknown]) => covers(cidr, address);
  const ban = listOf(configuration, "blacklist").find(
    (entry) => holds(entry) && (entry[1].expiresAt ?? Number.POSITIVE_INFINITY) > now + ROUNDING_MS,
  );
  const mayPass = listOf(configuration, "allowlist").some(
    (entry) => holds(entry) && (entry[1].expiresAt ?? Number.POSITIVE_INFINITY) >= now - ROUNDING_MS,
  );
  return ban && !mayPass ? ban[0] : null;
}

/** Whether an edge must let the address pass by its allowlist. */
export const isAllowed = (configuration: Configuration, address: string, now: number): boolean =>
  listOf(configuration, "allowlist").some(
    ([cidr, { expiresAt }]) => covers(cidr, address) && (expiresAt ?? Number.POSITIVE_INFINITY) > now + ROUNDING_MS,
  );

/** Of v4 alone, as all clients of a run are. */
export function covers(cidr: string, address: string): boolean {
  const [network = "", prefix] = cidr.split("/");
  if (network.includes(":") || address.includes(":")) return false;
  const size = 2 ** (32 - Number(prefix));
  return Math.floor(numberOf(network) / size) === Math.floor(numberOf(address) / size);
}

const numberOf = (address: string): number => address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
