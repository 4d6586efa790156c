import type { AdaptiveLimit } from "../../../src/shaping/adaptive-limit.ts";
import type { PriorityClass } from "../../../src/table/shaping-settings.ts";

/** A backend of so many servers with one queue before them, that edges send to. Times in milliseconds. */
export interface Scenario {
  readonly edges: readonly (AdaptiveLimit | null)[];
  /** Changes with time. */
  readonly servers: (now: number) => number;
  /** Requests a second, over all edges; or how many clients there are that each ask again as soon as they are answered. */
  readonly rate: ((now: number) => number) | { readonly clients: number };
  /** What one request takes of a server; `unit` is in [0, 1). */
  readonly workMs: (unit: number, now: number) => number;
  /** Time that passes without a server, as on the road. */
  readonly idleMs?: (unit: number, now: number) => number;
  readonly priority?: (unit: number) => PriorityClass;
  readonly timeoutMs?: number;
  readonly untilMs: number;
  readonly seed?: number;
}

export interface Served {
  readonly at: number;
  readonly ms: number;
  readonly priority: PriorityClass;
}

export interface Run {
  readonly served: readonly Served[];
  readonly shed: readonly { readonly at: number; readonly priority: PriorityClass }[];
  readonly timedOut: number;
}

const START = 1_000_000;
/** What a client of those takes between an answer and the next request. */
const ASK_AGAIN_MS = 1;

/** Runs in virtual time: events in order, the clock in whole milliseconds, as an edge sees it. */
export function run(scenario: Scenario): Run {
  const { edges, servers, rate, workMs, idleMs = () => 0, priority = () => "normal", untilMs } = scenario;
  const { timeoutMs = 10_000 } = scenario;
  const dice = mulberry32(scenario.seed ?? 1);
  const served: Served[] = [];
  const shed: { at: number; priority: PriorityClass }[] = [];
  let timedOut = 0;
  let busy = 0;
  const queue: (() => void)[] = [];
  let first = 0;
  const events = new Heap();
  const now = () => Math.floor(START + events.at);

  const startNext = () => {
    while (busy < servers(events.at) && first < queue.length) {
      busy += 1;
      queue[first++]?.();
    }
  };
  const arrive = () => {
    if (typeof rate === "function") events.add(events.at + (-Math.log(1 - dice()) / rate(events.at)) * 1000, arrive);
    const askAgain = () => typeof rate === "function" || events.add(events.at + ASK_AGAIN_MS, arrive);
    const edge = edges[Math.floor(dice() * edges.length)] ?? null;
    const kind = priority(dice());
    const work = workMs(dice(), events.at);
    const idle = idleMs(dice(), events.at);
    if (edge && !edge.admits(kind, now())) {
      shed.push({ at: events.at, priority: kind });
      askAgain();
      return;
    }
    const startedAt = now();
    const began = events.at;
    const member = edge?.begin(kind, startedAt) ?? 0;
    let over = false;
    const end = (isTimeout: boolean) => {
      if (over) return;
      over = true;
      edge?.end(member, startedAt, isTimeout ? Number.POSITIVE_INFINITY : now() - startedAt, now());
      if (isTimeout) timedOut += 1;
      else served.push({ at: events.at, ms: events.at - began, priority: kind });
      askAgain();
    };
    events.add(events.at + timeoutMs, () => end(true));
    queue.push(() => {
      events.add(events.at + work, () => {
        busy -= 1;
        startNext();
        if (idle === 0) end(false);
        else events.add(events.at + idle, () => end(false));
      });
    });
    startNext();
  };
  for (let i = 0; i < (typeof rate === "function" ? 1 : rate.clients); i++) events.add(0, arrive);
  events.runUntil(untilMs);
  return { served, shed, timedOut };
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export const exponential = (meanMs: number) => (unit: number) => -Math.log(1 - unit) * meanMs;

/** Events by time; of two at once, the one that was added first. */
class Heap {
  at = 0;
  #added = 0;
  readonly #items: { at: number; order: number; act: () => void }[] = [];

  add(at: number, act: () => void): void {
    const items = this.#items;
    items.push({ at, order: this.#added++, act });
    for (let i = items.length - 1; i > 0; ) {
      const up = (i - 1) >> 1;
      if (!this.#before(i, up)) break;
      this.#swap(i, up);
      i = up;
    }
  }

  runUntil(untilMs: number): void {
    for (let first = this.#items[0]; first && first.at <= untilMs; first = this.#items[0]) {
      this.#removeFirst();
      this.at = first.at;
      first.act();
    }
  }

  #removeFirst(): void {
    const items = this.#items;
    const last = items.pop();
    if (!last || items.length === 0) return;
    items[0] = last;
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < items.length && this.#before(child, least)) least = child;
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #before(i: number, j: number): boolean {
    const [a, b] = [this.#items[i], this.#items[j]];
    return a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));
  }

  #swap(i: number, j: number): void {
    const [a, b] = [this.#items[i], this.#items[j]];
    if (a && b) [this.#items[i], this.#items[j]] = [b, a];
  }
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
