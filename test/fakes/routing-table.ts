import type {
  Applied,
  ApplyOptions,
  ApplyRefusal,
  EntityPage,
  HistoryEntry,
  LiveHealth,
  PageOptions,
  RoutingTableApi,
  SnapshotReply,
  TablePatch,
  TablePlan,
  TableStatus,
} from "../../durable-objects/routing-table/api.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { apply } from "../../src/table/apply.ts";
import type { Change } from "../../src/table/change.ts";
import { encodeTable } from "../../src/table/codec.ts";
import { planRollback } from "../../src/table/history.ts";
import type { Learned, LearnedRow } from "../../src/table/learned-row.ts";
import { plan } from "../../src/table/plan.ts";
import { emptyTable, type Health, type PublishedTable, type Section, type Table } from "../../src/table/table.ts";
import type { VerdictReport } from "../../src/table/verdict.ts";

/** The routing table in memory: the same pure functions as the object, without its storage. */
export class FakeRoutingTable implements RoutingTableApi {
  /** Every call fails while this is set, as when the object cannot be reached. */
  unreachable = false;
  /** Runs before an `apply` looks at the table: another writer's chance. */
  beforeApply: () => Promise<void> = async () => undefined;
  readonly #now: () => number;
  readonly #tables: Table[] = [emptyTable];
  readonly #log: HistoryEntry[] = [];
  #health: Health = new Map();
  #learned: Learned = new Map();

  constructor(now: () => number) {
    this.#now = now;
  }

  async snapshot(haveEpoch: number | null): Promise<SnapshotReply> {
    const { epoch, ...published } = await this.read();
    if (haveEpoch === epoch) return { kind: "unchanged", epoch };
    return { kind: "table", epoch, encoded: encodeTable({ epoch, ...published }) };
  }

  async read(): Promise<PublishedTable> {
    this.#answer();
    return { epoch: this.#epoch, table: this.#table, health: this.#health, learned: this.#learned };
  }

  async page(section: Section, { limit, after }: PageOptions): Promise<EntityPage> {
    this.#answer();
    const rest = [...this.#table[section]]
      .filter(([id]) => after === null || id > after)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const entries = rest.slice(0, limit);
    return { epoch: this.#epoch, entries, next: rest.length > limit ? (entries.at(-1)?.[0] ?? null) : null };
  }

  async verdicts(): Promise<LiveHealth> {
    this.#answer();
    return { epoch: this.#epoch, verdicts: this.#health };
  }

  async status(): Promise<TableStatus> {
    this.#answer();
    return { epoch: this.#epoch, nextAlarmAt: null, outbox: { waiting: 0, dropped: 0, failures: 0 } };
  }

  async plan(patch: TablePatch): Promise<TablePlan> {
    this.#answer();
    const { changes, objections } = plan(this.#table, patch);
    return { epoch: this.#epoch, changes, objections };
  }

  async apply(patch: TablePatch, options: ApplyOptions): Promise<Result<Applied, ApplyRefusal>> {
    this.#answer();
    await this.beforeApply();
    if (options.ifEpoch !== null && options.ifEpoch !== this.#epoch) return err({ kind: "stale", epoch: this.#epoch });
    const { changes, objections } = plan(this.#table, patch);
    if (objections.length > 0) return err({ kind: "objections", objections });
    return ok(this.#commit(changes, options));
  }

  async history(limit: number, before: number | null): Promise<readonly HistoryEntry[]> {
    this.#answer();
    return this.#log
      .filter(({ epoch }) => before === null || epoch < before)
      .reverse()
      .slice(0, limit);
  }

  async rollback(toEpoch: number, options: ApplyOptions): Promise<Result<Applied, ApplyRefusal>> {
    this.#answer();
    if (options.ifEpoch !== null && options.ifEpoch !== this.#epoch) return err({ kind: "stale", epoch: this.#epoch });
    if (!this.#tables[toEpoch]) return err({ kind: "unknown-epoch", oldest: 0, newest: this.#epoch });
    const since = this.#log.filter(({ epoch }) => epoch > toEpoch).flatMap((entry) => entry.changes);
    const { changes, objections } = planRollback(this.#table, since, this.#now());
    if (objections.length > 0) return err({ kind: "objections", objections });
    return ok(this.#commit(changes, options));
  }

  async report(reports: readonly VerdictReport[]): Promise<void> {
    this.#answer();
    const known = reports.filter(({ backend }) => this.#table.backends.has(backend));
    this.#health = new Map([...this.#health, ...known.map(({ backend, verdict }) => [backend, verdict] as const)]);
  }

  async learn(colo: string, rows: readonly (readonly [string, LearnedRow])[]): Promise<void> {
    this.#answer();
    const others = [...this.#learned].filter(([place]) => place !== colo && !place.startsWith(`${colo}/`));
    this.#learned = new Map([...others, ...rows]);
  }

  get #epoch(): number {
    return this.#tables.length - 1;
  }

  get #table(): Table {
    return this.#tables.at(-1) ?? emptyTable;
  }

  #answer(): void {
    if (this.unreachable) throw new Error("Network connection lost.");
  }

  #commit(changes: readonly Change[], { actor, summary }: ApplyOptions): Applied {
    if (changes.length > 0) {
      this.#tables.push(apply(this.#table, changes));
      this.#log.push({ epoch: this.#epoch, at: this.#now(), ...actor, summary, changes });
    }
    return { epoch: this.#epoch, changes };
  }
}
