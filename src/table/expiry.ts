import type { AddressRule } from "./address-rule.ts";
import type { Change } from "./change.ts";
import { addressSections, type Entity, isAddressSection, type Section, type Table } from "./table.ts";

/** When the first address rule of a table ends, in Unix milliseconds; `null` when none does. */
export function firstExpiry(table: Table): number | null {
  let first = Number.POSITIVE_INFINITY;
  for (const section of addressSections)
    for (const { expiresAt } of table[section].values()) if (expiresAt !== null && expiresAt < first) first = expiresAt;
  return Number.isFinite(first) ? first : null;
}

/** The changes that remove address rules which have ended, at most `limit`. */
export function expire(table: Table, now: number, limit: number): Change[] {
  const changes: Change[] = [];
  for (const section of addressSections)
    for (const [id, before] of table[section]) {
      if (changes.length >= limit) return changes;
      if (expiresBy(section, before, now)) changes.push({ section, id, before, after: null });
    }
  return changes;
}

/** Whether an entity is an address rule that has ended. At `expiresAt` itself it has. */
export function expiresBy(section: Section, entity: Entity<Section>, now: number): boolean {
  if (!isAddressSection(section)) return false;
  const { expiresAt } = entity as AddressRule;
  return expiresAt !== null && expiresAt <= now;
}
