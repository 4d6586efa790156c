import type { AddressRule } from "./address-rule.ts";
import { apply } from "./apply.ts";
import { type Change, MAX_OBJECTIONS, type Objection, pointer } from "./change.ts";
import { decodeEntity } from "./codec.ts";
import { expiresBy } from "./expiry.ts";
import { excesses } from "./limits.ts";
import { sameJson } from "./merge-patch.ts";
import type { Patched } from "./patch.ts";
import { review } from "./plan.ts";
import { withSerials } from "./serial.ts";
import { isSection, type Table } from "./table.ts";

/**
 * Plans to restore the configuration as of an earlier epoch. `since` are the logged changes after that epoch,
 * oldest first: what an entity was then is what its first change since found. Address rules that have expired
 * by now stay away. Bans of the shield are observed rather than configured: those that stand stay, and those that were
 * lifted since do not return. The result is checked like any other change.
 */
export function planRollback(table: Table, since: Iterable<Change>, now: number): Patched {
  const targets = new Map<string, Change>();
  for (const change of since) {
    const key = `${change.section}/${change.id}`;
    if (!targets.has(key)) targets.set(key, change);
  }
  const changes: Change[] = [];
  const objections: Objection[] = [];
  for (const { section, id, before: logged } of targets.values()) {
    if (!isSection(section)) continue;
    const before: unknown = table[section].get(id) ?? null;
    if (isBan(before)) continue;
    const target = logged === null ? null : decodeEntity(section, logged);
    if (target?.ok === false) {
      objections.push({ code: "invalid", path: pointer([section, id]), detail: target.error });
      continue;
    }
    const after = target === null || expiresBy(section, target.value, now) || isBan(target.value) ? null : target.value;
    if (!sameJson(before, after)) changes.push({ section, id, before, after });
  }
  if (objections.length > 0) return { next: table, changes: [], objections: objections.slice(0, MAX_OBJECTIONS) };
  const all = withSerials(table, apply(table, changes), changes);
  const next = apply(table, all);
  const tooMuch = excesses(table, next, all);
  return { next, changes: all, objections: tooMuch.length > 0 ? tooMuch : review(table, next, all) };
}

/** Whether an entity is an entry of the blacklist that the shield has made. */
const isBan = (entity: unknown): boolean =>
  typeof entity === "object" && entity !== null && (entity as Partial<AddressRule>).ban !== undefined;
