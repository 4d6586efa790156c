import type { FailoverCoordinatorApi, FailoverWish } from "../../durable-objects/failover-coordinator/api.ts";
import { err, ok } from "../../src/base/result.ts";
import { accept } from "../../src/failover/carry-out.ts";
import { admitFailover } from "../../src/failover/fence.ts";
import { beginStage, endStage, type FailoverRecord, newRecord } from "../../src/failover/record.ts";
import { select } from "../../src/failover/select.ts";
import { stages } from "../../src/failover/stage.ts";
import { worldPopulation } from "../../src/simulation/world.ts";
import type { PublishedTable } from "../../src/table/table.ts";

/** The failover coordinator in memory, by the same pure functions. Stages are carried out when a test says so. */
export class FakeFailovers
  implements Pick<FailoverCoordinatorApi, "plan" | "start" | "list" | "find" | "failback" | "verify">
{
  readonly records: FailoverRecord[] = [];
  readonly #read: () => Promise<PublishedTable>;
  readonly #clock: { readonly now: number };

  constructor(read: () => Promise<PublishedTable>, clock: { readonly now: number }) {
    this.#read = read;
    this.#clock = clock;
  }

  plan: FailoverCoordinatorApi["plan"] = async (from, to) => {
    const clients = { rows: worldPopulation("api"), requestsPerSecond: null };
    return select({ published: await this.#read(), from, to, clients, lagMs: new Map(), now: this.#clock.now });
  };

  start: FailoverCoordinatorApi["start"] = async ({ from, to, reason, requestedBy, force }: FailoverWish) => {
    const selected = accept(await this.plan(from, to), force);
    if (!selected.ok) return selected;
    if (selected.value.stranded > 0 && !force) return err({ kind: "strands", plan: selected.value });
    const { table } = await this.#read();
    const admitted = admitFailover(from, "manual", this.records, new Set(table.regions.keys()), 50);
    if (!admitted.ok) return admitted;
    const { now } = this.#clock;
    const trigger = { kind: "manual", since: now, detail: `asked for by ${requestedBy}` } as const;
    const id = `failover-${this.records.length + 1}`;
    this.records.push(newRecord({ id, from, to, trigger, reason, requestedBy, requestedAt: now, force }));
    return ok(this.#last(id));
  };

  list: FailoverCoordinatorApi["list"] = async (limit) => this.records.toReversed().slice(0, limit);

  find: FailoverCoordinatorApi["find"] = async (id) => this.records.find((record) => record.id === id) ?? null;

  failback: FailoverCoordinatorApi["failback"] = async (id) => {
    const record = await this.find(id);
    if (!record) return err({ kind: "unknown-failover" });
    const { status, failback } = record;
    if (status !== "failed-over" || failback.kind !== "holding") return err({ kind: "not-failed-over", status });
    this.#put({ ...record, failback: { ...failback, approvedAt: this.#clock.now } });
    return ok(this.#last(id));
  };

  verify: FailoverCoordinatorApi["verify"] = async (region) => {
    const concerns = ({ from, plan }: FailoverRecord) =>
      from === region || plan?.targets.some((target) => target.region === region);
    const record = this.records.find((each) => each.status === "failed-over" && concerns(each));
    if (!record) return { failover: null, checks: [] };
    const detail = `the table sends nobody to ${record.from}`;
    return { failover: record.id, checks: [{ name: "traffic", ok: true, detail }] };
  };

  /** All stages of a failover succeed. */
  async complete(id: string): Promise<void> {
    const { from, to } = this.#last(id);
    const planned = await this.plan(from, to);
    const plan = planned.ok ? { plan: planned.value } : {};
    for (const stage of stages) {
      const begun = beginStage(this.#last(id), stage, this.#clock.now);
      const end = { outcome: "done", detail: "well", ...(stage === "select" ? plan : {}) } as const;
      this.#put(endStage(begun, stage, end, this.#clock.now));
    }
  }

  #last(id: string): FailoverRecord {
    const record = this.records.find((each) => each.id === id);
    if (!record) throw new Error(`no failover ${id}`);
    return record;
  }

  #put(record: FailoverRecord): void {
    this.records[this.records.findIndex(({ id }) => id === record.id)] = record;
  }
}
