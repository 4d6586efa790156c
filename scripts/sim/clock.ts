import type { Random } from "../../src/base/random.ts";

// Taken when the module is loaded, before a run replaces the globals.
const turnOfTheRealLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Event {
  /** Virtual Unix milliseconds; fractions order what falls into the same one. */
  readonly at: number;
  /** Drawn from the seed: which of two events of one time comes first is for the seed to say. */
  readonly tie: number;
  readonly sequence: number;
  readonly run: () => void | Promise<void>;
  cancelled: boolean;
}

/** Takes an event back that has not run yet. */
export type Cancel = () => void;

/**
 * The time of a run, and all that is still to happen in it. Events run strictly one after another; before the next
 * one, everything that the last has set off (promises, streams) comes to rest.
 */
export class VirtualClock {
  #now: number;
  #sequence = 0;
  readonly #random: Random;
  /** A binary heap, the earliest event first. */
  readonly #events: Event[] = [];

  constructor(startsAt: number, random: Random) {
    this.#now = startsAt;
    this.#random = random;
  }

  /** True time in Unix milliseconds, with fractions. Actors see it through their own skew. */
  get now(): number {
    return this.#now;
  }

  /** An event that returns a promise is waited for in real time: only for what needs no virtual time to end. */
  at(time: number, run: Event["run"]): Cancel {
    const at = Math.max(time, this.#now);
    const event: Event = { at, tie: this.#random.word(), sequence: this.#sequence++, run, cancelled: false };
    this.#push(event);
    return () => {
      event.cancelled = true;
    };
  }

  after(ms: number, run: Event["run"]): Cancel {
    return this.at(this.#now + Math.max(0, ms), run);
  }

  /** Runs what happens until a time. `afterEach` may end it early by answering false. */
  async runUntil(end: number, afterEach: () => Promise<boolean>): Promise<void> {
    for (let next = this.#events[0]; next !== undefined && next.at <= end; next = this.#events[0]) {
      this.#pop();
      if (next.cancelled) continue;
      this.#now = next.at;
      await next.run();
      await turnOfTheRealLoop();
      if (!(await afterEach())) return;
    }
    this.#now = end;
  }

  #push(event: Event): void {
    const heap = this.#events;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent] as Event, event)) break;
      heap[at] = heap[parent] as Event;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#events;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (isBefore(last, heap[child] as Event)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.tie !== b.tie ? a.tie < b.tie : a.sequence < b.sequence;
}
