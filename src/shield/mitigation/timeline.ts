import { type AttackEvent, type AttackRecord, MAX_EVENTS } from "./attack-record.ts";

/** With one more event. Of a long attack the middle gives way, so that its beginning and what came last stay. */
export function note(
  record: AttackRecord,
  kind: AttackEvent["kind"],
  what: string,
  numbers: AttackEvent["numbers"],
  now: number,
): AttackRecord {
  const event: AttackEvent = { at: now, kind, what: what.slice(0, 500), numbers };
  const isFull = record.timeline.length >= MAX_EVENTS;
  const kept = isFull ? record.timeline.toSpliced(MAX_EVENTS / 2, 1) : record.timeline;
  return { ...record, timeline: [...kept, event], leftOut: record.leftOut + (isFull ? 1 : 0), updatedAt: now };
}
