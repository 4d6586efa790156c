import type { Exchange } from "../network.ts";
import type { Invariant, IsolateId } from "../observation.ts";

const DUE_MS = 3000;
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

/** A change that was acknowledged reaches every connected isolate in time. */
export function changesArrive(): Invariant {
  const isolates = new Map<IsolateId, Isolate>();
  const waiting: { readonly epoch: number; readonly at: number }[] = [];
  return {
    name: "an acknowledged change reaches every connected edge within 3 s",
    see(observation, at) {
      switch (observation.kind) {
        case "isolate-started":
          isolates.set(observation.isolate, { startedAt: at, requests: [], open: new Set(), troubles: [] });
          return null;
        case "isolate-ended":
          isolates.delete(observation.isolate);
          return null;
        case "request": {
          const requests = isolates.get(observation.errand.isolate)?.requests;
          requests?.push(at);
          while (requests && (requests[0] ?? at) < at - 2 * DUE_MS) requests.shift();
          return null;
        }
        case "asked":
          if (observation.exchange.to.name === "table")
            isolates.get(observation.exchange.from.name)?.open.add(observation.exchange);
          return null;
        case "told": {
          const { exchange, answered } = observation;
          const known = isolates.get(exchange.from.name);
          if (!known?.open.delete(exchange)) return null;
          if (!answered || at - exchange.startedAt > SLOW_MS) known.troubles.push({ from: exchange.startedAt, to: at });
          if (known.troubles.length > MAX_TROUBLES) known.troubles.shift();
          return null;
        }
        case "acknowledged":
          waiting.push({ epoch: observation.epoch, at });
          return null;
        case "rest": {
          for (let due = waiting[0]; due && due.at + DUE_MS <= at; due = waiting[0]) {
            waiting.shift();
            for (const [id, isolate] of isolates) {
              const held = observation.epochs.get(id) ?? null;
              if (!isConnected(isolate, due.at) || (held !== null && held >= due.epoch)) continue;
              return `epoch ${due.epoch} was acknowledged ${Math.round(at - due.at)} ms ago, and ${id} holds ${held}`;
            }
          }
          return null;
        }
        default:
          return null;
      }
    },
  };
}

function isConnected({ startedAt, requests, open, troubles }: Isolate, acknowledgedAt: number): boolean {
  if (startedAt > acknowledgedAt) return false;
  const looks = requests.some(
    (time) => time >= acknowledgedAt + LOOKS_FROM_MS && time <= acknowledgedAt + LOOKS_UNTIL_MS,
  );
  const troubled = troubles.some(
    ({ from, to }) => to >= acknowledgedAt - TROUBLE_BEFORE_MS && from <= acknowledgedAt + DUE_MS,
  );
  const blocked = [...open].some((question) => question.startedAt <= acknowledgedAt + DUE_MS - SLOW_MS);
  return looks && !troubled && !blocked;
}
