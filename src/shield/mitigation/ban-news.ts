import { parseCidr } from "../../base/ip.ts";
import { keepRecent } from "../../base/keep-recent.ts";
import type { Ban } from "../ban/ban.ts";
import { clientPrefix } from "../ban/network.ts";
import { lengthOf } from "../ban/words.ts";
import type { Announcement } from "./announce.ts";

/** Of one attack or limit, bans are told of once in so long, whatever their number. */
export const QUIET_MS = 600_000;
/** Bans that an alert names. */
const MAX_NAMED = 3;
/** Attacks and limits that are remembered. */
const MAX_SOURCES = 100;

/** Of one attack or limit. */
interface Source {
  readonly toldAt: number;
  /** Bans since then that are not told yet, the good clients that they touch, and the widest of them. */
  readonly count: number;
  readonly touches: number;
  readonly widest: readonly Ban[];
}

const nothingTold: Source = { toldAt: Number.NEGATIVE_INFINITY, count: 0, touches: 0, widest: [] };

/**
 * Which bans of the shield people are told of: the first of each attack and each limit at once, and what follows together every ten
 * minutes, so that a flood of thousands of addresses is a few alerts. Of what a person has confirmed people know.
 */
export class BanNews {
  readonly #sources = new Map<string, Source>();

  /** What is to be told now that these have come into force; `[]` tells what has waited. */
  take(inForce: readonly Ban[], now: number): Announcement[] {
    for (const ban of inForce) {
      if (ban.by !== "shield") continue;
      const key = sourceOf(ban);
      keepRecent(this.#sources, key, withBan(this.#sources.get(key) ?? nothingTold, ban), MAX_SOURCES);
    }
    // A clock that was set back keeps nothing back.
    const due = [...this.#sources].filter(([, { count, toldAt }]) => count > 0 && Math.abs(now - toldAt) >= QUIET_MS);
    for (const [key] of due) this.#sources.set(key, { ...nothingTold, toldAt: now });
    return due.flatMap(([, source]) => announceBans(source, now));
  }
}

const sourceOf = ({ evidence }: Ban): string =>
  evidence.kind === "attack" ? `attack ${evidence.attack}` : `limit ${evidence.limit}`;

function withBan({ toldAt, count, touches, widest }: Source, ban: Ban): Source {
  const all = [...widest, ban].sort((a, b) => widthOf(b) - widthOf(a));
  return { toldAt, count: count + 1, touches: touches + ban.touches, widest: all.slice(0, MAX_NAMED) };
}

function announceBans({ count, touches, widest }: Source, now: number): Announcement[] {
  const [first] = widest;
  if (first === undefined) return [];
  const { evidence, reason } = first;
  const named = widest.map(({ cidr, decidedAt, expiresAt }) => `${cidr} (${lengthOf((expiresAt - decidedAt) / 1000)})`);
  const more = count > widest.length ? ` and ${count - widest.length} more` : "";
  const held = Math.ceil(touches);
  const touching = held === 0 ? "" : ` Good clients that they hold: ${held}.`;
  const text = `Banned: ${named.join(", ")}${more}. ${reason.slice(0, 250)}.${touching}`;
  const ofAttack = evidence.kind === "attack" ? evidence : null;
  const about = { service: ofAttack?.service ?? null, attack: ofAttack?.attack ?? null, proposal: null };
  const severity = held > 0 || widthOf(first) > 0 ? "warning" : "info";
  return [{ at: now, kind: "banned", severity, ...about, text }];
}

/** By how many bits a network is wider than one client. */
function widthOf({ cidr }: Ban): number {
  const parsed = parseCidr(cidr);
  return parsed.ok ? clientPrefix(parsed.value.ip) - parsed.value.prefix : 0;
}
