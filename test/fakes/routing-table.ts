import type { Suspicion } from "../../durable-objects/health-monitor/api.ts";
import type {
  Applied,
  ApplyOptions,
  ApplyRefusal,
  EntityPage,
  HistoryEntry,
  LiveHealth,
  PageOptions,
  RoutingTableApi,
  Shift,
  Shifted,
  ShiftRefusal,
  SnapshotReply,
  SnapshotRequest,
  TablePatch,
  TablePlan,
  TableStatus,
  UnknownEpoch,
  Votes,
} from "../../durable-objects/routing-table/api.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { type Ballots, cast } from "../../src/health/ballot.ts";
import { settle } from "../../src/health/quorum.ts";
import { apply } from "../../src/table/apply.ts";
import type { Change } from "../../src/table/change.ts";
import { checkDefence, type DefenceRefusal, type DefenceWish } from "../../src/table/defence-wish.ts";
import { planRollback } from "../../src/table/history.ts";
import type { LearnedRow } from "../../src/table/learned-row.ts";
import type { Part } from "../../src/table/part.ts";
import { plan } from "../../src/table/plan.ts";
import { Publisher } from "../../src/table/publisher.ts";
import { checkShift } from "../../src/table/shift.ts";
import { emptyTable, type PublishedTable, type Section, type Table } from "../../src/table/table.ts";
import type { Touched } from "../../src/table/update.ts";
import type { VoteReport } from "../../src/table/verdict.ts";

const emptyPublished: PublishedTable = {
  epoch: 0,
  table: emptyTable,
  health: new Map(),
  learned: new Map(),
  failovers: new Map(),
  defences: new Map(),
};

/** The routing table in memory: the same pure functions as the object, without its storage. */
export class FakeRoutingTable implements RoutingTableApi {
  /** Every call fails while this is set, as when the object cannot be reached. */
  unreachable = false;
  /** Runs before an `apply` looks at the table: another writer's chance. */
  beforeApply: () => Promise<void> = async () => undefined;
  readonly suspicions: Suspicion[] = [];
  readonly #suspectedAt = new Map<string, number>();
  readonly #now: () => number;
  #ballots: Ballots = new Map();
  /** By epoch, and what each touched. */
  readonly #epochs: PublishedTable[] = [emptyPublished];
  readonly #touched: (readonly [part: Part, id: string])[][] = [[]];
  readonly #log: HistoryEntry[] = [];
  readonly #publisher = new Publisher();

  constructor(now: () => number) {
    this.#now = now;
  }

  async snapshot(request: SnapshotRequest): Promise<SnapshotReply> {
    this.#answer();
    return this.#publisher.answer(request, this.#newest, (epoch) => this.#touchedSince(epoch));
  }

  async read(): Promise<PublishedTable> {
    this.#answer();
    return this.#newest;
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
    return { epoch: this.#epoch, verdicts: this.#newest.health, suspectedAt: this.#suspectedAt };
  }

  async votes(backends: readonly string[]): Promise<Votes> {
    this.#answer();
    return new Map(backends.map((backend) => [backend, [...(this.#ballots.get(backend)?.values() ?? [])]]));
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
    const planned = await this.planRollback(toEpoch);
    if (!planned.ok) return planned;
    const { changes, objections } = planned.value;
    if (objections.length > 0) return err({ kind: "objections", objections });
    return ok(this.#commit(changes, options));
  }

  async planRollback(toEpoch: number): Promise<Result<TablePlan, UnknownEpoch>> {
    this.#answer();
    if (!this.#epochs[toEpoch]) return err({ kind: "unknown-epoch", oldest: 0, newest: this.#epoch });
    const since = this.#log.filter(({ epoch }) => epoch > toEpoch).flatMap((entry) => entry.changes);
    const { changes, objections } = planRollback(this.#table, since, this.#now());
    return ok({ epoch: this.#epoch, changes, objections });
  }

  async report(reports: readonly VoteReport[]): Promise<void> {
    this.#answer();
    const { ballots, taken } = cast(this.#table.backends, this.#ballots, reports, this.#now());
    this.#ballots = ballots;
    if (taken.length === 0) return;
    const told = [...new Set(taken.map(({ backend }) => backend))].flatMap((backend) => {
      const standing = this.#newest.health.get(backend) ?? null;
      const verdict = settle(standing, [...(ballots.get(backend)?.values() ?? [])], this.#now());
      return verdict ? [[backend, verdict] as const] : [];
    });
    this.#publish(
      { health: new Map([...this.#newest.health, ...told]) },
      told.map(([backend]) => ["health", backend]),
    );
  }

  async suspect(suspicions: readonly Suspicion[]): Promise<void> {
    this.#answer();
    this.suspicions.push(...suspicions);
    for (const { backend } of suspicions) this.#suspectedAt.set(backend, this.#now());
  }

  async setFailover(shift: Shift): Promise<Result<Shifted, ShiftRefusal>> {
    this.#answer();
    const checked = checkShift(this.#table, this.#newest.failovers.get(shift.region) ?? null, shift);
    if (!checked.ok) return checked;
    if (checked.value !== null) {
      const { region, next } = checked.value;
      const failovers = new Map([...this.#newest.failovers].filter(([id]) => id !== region));
      if (next !== null) failovers.set(region, next);
      this.#publish({ failovers }, [["failovers", region]]);
    }
    return ok({ epoch: this.#epoch });
  }

  async setDefence(wish: DefenceWish): Promise<Result<Shifted, DefenceRefusal>> {
    this.#answer();
    const checked = checkDefence(this.#table, this.#newest.defences.get(wish.service) ?? null, wish);
    if (!checked.ok) return checked;
    if (checked.value !== null) {
      const { service, next } = checked.value;
      const defences = new Map([...this.#newest.defences].filter(([id]) => id !== service));
      if (next !== null) defences.set(service, next);
      this.#publish({ defences }, [["defences", service]]);
    }
    return ok({ epoch: this.#epoch });
  }

  /** Published at once. */
  async learn(colo: string, rows: readonly (readonly [string, LearnedRow])[]): Promise<void> {
    this.#answer();
    const isOwn = (place: string) => place === colo || place.startsWith(`${colo}/`);
    const before = [...this.#newest.learned];
    const gone = before.filter(([place]) => isOwn(place)).map(([place]) => place);
    this.#publish(
      { learned: new Map([...before.filter(([place]) => !isOwn(place)), ...rows]) },
      [...gone, ...rows.map(([place]) => place)].map((place) => ["learned", place]),
    );
  }

  get #newest(): PublishedTable {
    return this.#epochs.at(-1) as PublishedTable;
  }

  get #epoch(): number {
    return this.#newest.epoch;
  }

  get #table(): Table {
    return this.#newest.table;
  }

  #touchedSince(epoch: number): Touched {
    const touched = new Map<Part, Set<string>>();
    for (const [part, id] of this.#touched.slice(epoch + 1).flat())
      touched.set(part, (touched.get(part) ?? new Set()).add(id));
    return touched;
  }

  #publish(next: Partial<PublishedTable>, touched: (readonly [part: Part, id: string])[]): void {
    this.#epochs.push({ ...this.#newest, ...next, epoch: this.#epoch + 1 });
    this.#touched.push(touched);
  }

  #answer(): void {
    if (this.unreachable) throw new Error("Network connection lost.");
  }

  #commit(changes: readonly Change[], { actor, summary }: ApplyOptions): Applied {
    if (changes.length > 0) {
      const table = apply(this.#table, changes);
      const health = new Map([...this.#newest.health].filter(([id]) => table.backends.has(id)));
      const touched = changes.map(({ section, id }) => [section as Section, id] as const);
      const verdicts = touched.filter(([part]) => part === "backends").map(([, id]) => ["health", id] as const);
      this.#publish({ table, health }, [...touched, ...verdicts]);
      this.#log.push({ epoch: this.#epoch, at: this.#now(), ...actor, summary, changes });
    }
    return { epoch: this.#epoch, changes };
  }
}
