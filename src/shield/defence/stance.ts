import type { Facts } from "../../request/facts.ts";
import { type Defence, type DefenceLevel, milderOf } from "../../table/defence.ts";
import type { Service } from "../../table/service.ts";
import type { ServiceEntry, Snapshot } from "../../table/snapshot.ts";
import { type CompiledSignature, findSignature, signaturesOf } from "./signature.ts";

type Level = Exclude<DefenceLevel, "observe">;

/** What a request meets before it is served. */
export type Stance =
  /** A person has set the level of the whole service. */
  | { readonly kind: "by-hand"; readonly level: Level }
  /** The request is like those of an attack. */
  | {
      readonly kind: "signature";
      readonly level: Level;
      readonly attack: string;
      readonly signature: CompiledSignature;
    };

/** What a request of the service meets now; `null`: nothing. Who is on the allowlist meets nothing. */
export function stanceAgainst(
  { allowlist }: Snapshot,
  { service, defence }: ServiceEntry,
  facts: Facts,
  now: number,
  recordedFamily?: string,
): Stance | null {
  const stance = stanceOf(service, defence, facts, recordedFamily);
  return stance === null || allowlist.find(facts.client, now) ? null : stance;
}

/** What stands against a request of the service; `null`: nothing. A person's word goes before what is seen. */
export function stanceOf(
  { mitigation }: Service,
  defence: Defence | null,
  facts: Facts,
  recordedFamily?: string,
): Stance | null {
  const { mode, most } = mitigation;
  if (mode === "observe") return null;
  if (mode !== "auto") return { kind: "by-hand", level: mode };
  if (defence === null) return null;
  if (most === "observe") return null;
  const found = findSignature(signaturesOf(defence), facts, most, recordedFamily);
  if (found === null) return null;
  // `most` counts at once, also for an attack that had its level before.
  const level = milderOf(found.signature.level ?? defence.level, most);
  return { kind: "signature", level, attack: defence.attack, signature: found };
}
