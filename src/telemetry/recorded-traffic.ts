import { Traffic } from "../routing/traffic.ts";
import type { BackendId } from "../table/backend.ts";
import type { DecisionTaken } from "./explanation.ts";

/** The traffic of an isolate as it was when a decision was taken, as far as the decision looked at it. */
export class RecordedTraffic extends Traffic {
  readonly #turn: number;
  readonly #outstanding: ReadonlyMap<string, number>;

  constructor(decision: DecisionTaken) {
    super();
    const basis = decision.kind === "chosen" ? decision.basis : null;
    this.#turn = basis?.kind === "turn" ? basis.turn : 0;
    const drawn = basis?.kind === "outstanding" ? basis.drawn : [];
    this.#outstanding = new Map(drawn.map(({ backend, outstanding }) => [backend, outstanding]));
  }

  override nextTurn(_service: string): number {
    return this.#turn;
  }

  override outstanding(backend: BackendId, _now: number): number {
    return this.#outstanding.get(backend) ?? 0;
  }
}
