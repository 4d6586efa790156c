import type { Facts } from "../request/facts.ts";
import { perClientByHand } from "../shield/defence/allotment.ts";
import { type Stance, stanceAgainst } from "../shield/defence/stance.ts";
import { spendsOf } from "../shield/limit/key.ts";
import type { ServiceEntry, Snapshot } from "../table/snapshot.ts";
import type { ShieldTold } from "./explanation.ts";

/** What stands at the service against requests like this one, by the functions that the edge guards it with. */
export function tellShield(
  snapshot: Snapshot,
  entry: ServiceEntry,
  facts: Facts,
  now: number,
  recordedFamily?: string,
): ShieldTold {
  const { service, defence, limits } = entry;
  const { mode, most } = service.mitigation;
  const stance = stanceAgainst(snapshot, entry, facts, now, recordedFamily);
  return {
    mode,
    most,
    defence: defence && {
      attack: defence.attack,
      level: defence.level,
      signatures: defence.signatures.map(({ match }) => ({ ...match })),
    },
    stance: stance && told(stance, entry),
    allowlisted: snapshot.allowlist.find(facts.client, now)?.cidr ?? null,
    limits: limits
      .filter(({ limit }) => spendsOf(limit, facts))
      .map(({ id, limit: { action, shadow } }) => ({ id, action, shadow })),
  };
}

function told(stance: Stance, { limits }: ServiceEntry): NonNullable<ShieldTold["stance"]> {
  const { kind, level } = stance;
  if (kind === "by-hand") return { kind, level, perSecond: level === "limit" ? perClientByHand(limits) : null };
  const { attack, signature } = stance;
  const perSecond = level === "limit" ? signature.signature.perSecond : null;
  return { kind, level, perSecond, attack, signature: signature.index };
}
