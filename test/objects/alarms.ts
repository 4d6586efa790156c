import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, vi } from "vitest";

/** When the alarm that is an object's loop comes next, in Unix milliseconds. */
export async function nextAlarmAt(stub: DurableObjectStub): Promise<number> {
  const at = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
  if (at === null) throw new Error("the object's loop does not run");
  return at;
}

/** Goes on to the next alarm and runs it. */
export async function tick(stub: DurableObjectStub): Promise<void> {
  vi.setSystemTime(Math.max(Date.now(), await nextAlarmAt(stub)));
  expect(await runDurableObjectAlarm(stub)).toBe(true);
}

/** Runs alarms for a time of the objects' clock. */
export async function runAlarms(stub: DurableObjectStub, forMs: number): Promise<void> {
  const end = Date.now() + forMs;
  while ((await nextAlarmAt(stub)) <= end) await tick(stub);
  vi.setSystemTime(end);
}
