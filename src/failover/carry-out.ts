import type { Result } from "../base/result.ts";
import type { Failover, Failovers, FailoverTarget } from "../table/failover.ts";
import type { Shift, ShiftRefusal } from "../table/shift.ts";
import type { PublishedTable } from "../table/table.ts";
import { confirmTrigger } from "./confirm.ts";
import type { RegionSigns } from "./gate.ts";
import type { FailoverPlan } from "./plan.ts";
import type { FailoverRecord } from "./record.ts";
import { type SelectionRefusal, select } from "./select.ts";
import { selectionWords } from "./selection-words.ts";
import type { Stage } from "./stage.ts";
import type { Clients } from "./trial.ts";
import { verifyTable } from "./verify.ts";

/** All that the stages touch. */
export interface StagePorts {
  /** With the newest verdicts and failovers. */
  table(): Promise<PublishedTable>;
  clients(published: PublishedTable): Promise<Clients>;
  /** Failovers beside this one that have chosen their targets, whether or not the table has them yet. */
  planned(id: string): Failovers;
  /** By how much the data of regions lag behind, milliseconds, where it is known. */
  lagMs(): Promise<ReadonlyMap<string, number>>;
  /** What is held of the regions, by id; rejects where nobody can say, and then nothing is given back. */
  signs(): Promise<ReadonlyMap<string, RegionSigns>>;
  shift(shift: Shift): Promise<Result<unknown, ShiftRefusal>>;
  /** Whether a region answers if it is asked now. */
  answers(published: PublishedTable, region: string): Promise<boolean>;
  /** Unix milliseconds. */
  now(): number;
}

export type StageResult =
  | { readonly kind: "done"; readonly detail: string; readonly plan?: FailoverPlan }
  | { readonly kind: "waiting"; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string };

/** Carries out one stage of a failover, or a part of it. Repeated, it does no more. */
export function carryOut(record: FailoverRecord, stage: Stage, ports: StagePorts): Promise<StageResult> {
  switch (stage) {
    case "detect":
      return detect(record, ports);
    case "select":
      return choose(record, ports);
    case "dns":
      return announce(record, ports);
    case "shift":
      return shift(record, ports);
    case "validate":
      return validate(record, ports);
  }
}

async function detect({ from, trigger }: FailoverRecord, ports: StagePorts): Promise<StageResult> {
  const confirmed = confirmTrigger(await ports.table(), from, trigger);
  return confirmed === null ? failed("the region has recovered by itself") : done(confirmed);
}

async function choose({ id, from, to, force }: FailoverRecord, ports: StagePorts): Promise<StageResult> {
  const table = await ports.table();
  const [clients, lagMs] = await Promise.all([ports.clients(table), ports.lagMs()]);
  // What another moves in the same moment fills the targets too.
  const published = { ...table, failovers: new Map([...ports.planned(id), ...table.failovers]) };
  const plan = accept(select({ published, from, to, clients, lagMs, now: ports.now() }), force);
  if (!plan.ok) return failed(selectionWords(plan.error));
  return { kind: "done", detail: `to ${targetWords(plan.value.targets)}`, plan: plan.value };
}

/** A plan that is too full is taken by force, where there is one. */
export function accept(
  selected: Result<FailoverPlan, SelectionRefusal>,
  force: boolean,
): Result<FailoverPlan, SelectionRefusal> {
  if (selected.ok || !force || selected.error.kind !== "no-capacity") return selected;
  return { ok: true, value: selected.error.plan };
}

/** The table says that the region is being failed over, from which the answers of DNS follow; nobody is moved yet. */
async function announce(record: FailoverRecord, ports: StagePorts): Promise<StageResult> {
  const next = entryOf(record, "failing-over", 100, ports.now());
  const shifted = await ports.shift({ region: record.from, next, expected: null });
  if (!shifted.ok) return failed(shiftWords(shifted.error));
  const held = (await ports.table()).failovers.get(record.from);
  if (held?.id !== record.id) return { kind: "waiting", detail: "the table does not say so yet" };
  return done("published: answers live for 60 s");
}

async function shift(record: FailoverRecord, ports: StagePorts): Promise<StageResult> {
  const next = entryOf(record, "failing-over", 0, ports.now());
  const expected = { id: record.id, phase: "failing-over" } as const;
  const shifted = await ports.shift({ region: record.from, next, expected });
  return shifted.ok ? done(`0 % left, the rest to ${targetWords(next.targets)}`) : failed(shiftWords(shifted.error));
}

async function validate(record: FailoverRecord, ports: StagePorts): Promise<StageResult> {
  const published = await ports.table();
  const { rows } = await ports.clients(published);
  const wrong = verifyTable(published, record.from, rows, ports.now()).filter(({ ok }) => !ok);
  if (wrong.length > 0) return { kind: "waiting", detail: wrong.map(({ detail }) => detail).join("; ") };
  const targets = record.plan?.targets ?? [];
  const asked = await Promise.all(targets.map(({ region }) => ports.answers(published, region)));
  const silent = targets.filter((_, i) => asked[i] === false).map(({ region }) => region);
  if (silent.length === targets.length) return { kind: "waiting", detail: `${silent.join(", ")} does not answer` };
  const next = entryOf(record, "failed-over", 0, ports.now());
  const expected = { id: record.id, phase: "failing-over" } as const;
  const shifted = await ports.shift({ region: record.from, next, expected });
  if (!shifted.ok) return failed(shiftWords(shifted.error));
  return done(`nobody is sent to ${record.from}; ${targets.map(({ region }) => region).join(", ")} answers`);
}

function entryOf({ id, plan }: FailoverRecord, phase: Failover["phase"], percent: number, since: number): Failover {
  return { id, phase, percent, targets: plan?.targets ?? [], since };
}

const done = (detail: string): StageResult => ({ kind: "done", detail });
const failed = (detail: string): StageResult => ({ kind: "failed", detail });

const targetWords = (targets: readonly FailoverTarget[]): string =>
  targets.map(({ region, share }) => (share === 1 ? region : `${region} (${Math.round(share * 100)} %)`)).join(", ");

function shiftWords(refusal: ShiftRefusal): string {
  switch (refusal.kind) {
    case "malformed":
      return refusal.detail;
    case "unknown-region":
      return `the table has no region ${refusal.region}`;
    case "overtaken":
      return refusal.held === null ? "its entry in the table is gone" : `failover ${refusal.held.id} has the region`;
  }
}
