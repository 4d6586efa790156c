import type { Exchange } from "./network.ts";
import type { IsolateId, Observation } from "./observation.ts";

/** A change of the table is due at an isolate that is connected so long after the table has it. */
export const DUE_MS = 3000;
/** An isolate is connected when one of its requests comes in this part of the time, which leaves it time to ask. */
const LOOKS_FROM_MS = 1500;
const LOOKS_UNTIL_MS = 2250;
/** A question to the table that takes longer, or is lost, is no connection. What began before may still block. */
const SLOW_MS = 600;
const TROUBLE_BEFORE_MS = 6000;
const MAX_TROUBLES = 100;

interface Isolate {
  readonly startedAt: number;
  readonly requests: number[];
  /** Questions to the table that are under way. */
  readonly open: Set<Exchange>;
  /** Those that ended badly: when each began, and when it ended. */
  readonly troubles: { readonly from: number; readonly to: number }[];
}

/** Which isolates could learn of a change in time. To be shown each observation before those who ask it. */
export class Connections {
  readonly #isolates = new Map<IsolateId, Isolate>();

  see(observation: Observation, at: number): void {
    switch (observation.kind) {
      case "isolate-started":
        this.#isolates.set(observation.isolate, { startedAt: at, requests: [], open: new Set(), troubles: [] });
        return;
      case "isolate-ended":
        this.#isolates.delete(observation.isolate);
        return;
      case "request": {
        const requests = this.#isolates.get(observation.errand.isolate)?.requests;
        requests?.push(at);
        while (requests && (requests[0] ?? at) < at - 2 * DUE_MS) requests.shift();
        return;
      }
      case "asked":
        if (observation.exchange.to.name === "table")
          this.#isolates.get(observation.exchange.from.name)?.open.add(observation.exchange);
        return;
      case "told": {
        const { exchange, answered } = observation;
        const known = this.#isolates.get(exchange.from.name);
        if (!known?.open.delete(exchange)) return;
        if (!answered || at - exchange.startedAt > SLOW_MS) known.troubles.push({ from: exchange.startedAt, to: at });
        if (known.troubles.length > MAX_TROUBLES) known.troubles.shift();
        return;
      }
      default:
        return;
    }
  }

  /** Those at which a change of `changedAt` is due; to be asked `DUE_MS` later. */
  dueSince(changedAt: number): readonly IsolateId[] {
    return [...this.#isolates].filter(([, isolate]) => isConnected(isolate, changedAt)).map(([id]) => id);
  }
}

function isConnected({ startedAt, requests, open, troubles }: Isolate, changedAt: number): boolean {
  if (startedAt > changedAt) return false;
  const looks = requests.some((time) => time >= changedAt + LOOKS_FROM_MS && time <= changedAt + LOOKS_UNTIL_MS);
  const troubled = troubles.some(({ from, to }) => to >= changedAt - TROUBLE_BEFORE_MS && from <= changedAt + DUE_MS);
  const blocked = [...open].some((question) => question.startedAt <= changedAt + DUE_MS - SLOW_MS);
  return looks && !troubled && !blocked;
}
