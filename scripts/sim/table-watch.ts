import type { RoutingTableApi } from "../../durable-objects/routing-table/api.ts";
import type { Table } from "../../src/table/table.ts";
import { type Configuration, copyOf } from "./configuration.ts";
import type { Observation } from "./observation.ts";

/** Looks at the table object after each event, and keeps a deep copy of each configuration that it has had. */
export class TableWatch {
  readonly #observe: (observation: Observation) => void;
  #object: RoutingTableApi | null = null;
  #table: Table | null = null;
  #epoch = -1;
  #configuration: Configuration = {};

  constructor(observe: (observation: Observation) => void) {
    this.#observe = observe;
  }

  /** As it was when it was last looked at. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  /** `null` while the object is not in memory. A reading that is no call: it costs no virtual time. */
  async look(object: RoutingTableApi | null): Promise<Configuration> {
    if (object === null) return this.#configuration;
    const { epoch, table } = await object.read();
    // The table is immutable, so that the same one needs no second copy.
    if (table !== this.#table) this.#configuration = copyOf(table);
    const isNew = epoch !== this.#epoch || object !== this.#object || table !== this.#table;
    this.#object = object;
    this.#table = table;
    this.#epoch = epoch;
    if (isNew) this.#observe({ kind: "table", epoch, configuration: this.#configuration });
    return this.#configuration;
  }
}
