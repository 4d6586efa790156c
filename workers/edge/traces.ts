import { type ColoObserverApi, NO_COLO } from "../../durable-objects/colo-observer/api.ts";
import type { Course } from "../../src/telemetry/explanation.ts";
import { ejecting, makeTrace, type Occasion, type Trace } from "../../src/telemetry/trace.ts";
import type { Passage } from "./passage.ts";

/** Between two flushes of an isolate. A trace is found within this, and the time of the calls, after its request. */
const FLUSH_EVERY_MS = 3000;
/** A flush that has not begun by then was lost with the request in whose background it waited. */
const LOST_AFTER_MS = 2 * FLUSH_EVERY_MS;
/** Traces of one isolate between two flushes. An attack makes refusals by the thousand, and some of them say all. */
const MAX_WAITING: Readonly<Record<Occasion, number>> = { sampled: 2000, failed: 50, refused: 10 };

/** Traces put into words in one turn of the event loop, and sent in one call: 5 MB at 100,000 characters each. */
const CHUNK = 50;

interface TracesDeps {
  readonly observer: (colo: string) => ColoObserverApi;
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Resolves in another turn of the event loop. */
  readonly pause: () => Promise<void>;
}

type Waiting = () => Trace;

/**
 * Traces on their way to the observers of their colos. What is traced waits as it is, and is put into words in the
 * background, some at a time between requests; what comes after a pause is sent at once.
 */
export class Traces {
  readonly #deps: TracesDeps;
  #waiting = new Map<string, Waiting[]>();
  #counts: Record<Occasion, number> = { sampled: 0, failed: 0, refused: 0 };
  /** By colo. */
  #omitted = new Map<string, number>();
  #flushAt: number | null = null;
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: TracesDeps) {
    this.#deps = deps;
  }

  /** Takes a request that has ended. */
  add(passage: Passage, occasion: Occasion, course: Course, background: (work: Promise<unknown>) => void): void {
    const now = this.#deps.now();
    this.#counts[occasion] += 1;
    const colo = passage.colo ?? NO_COLO;
    if (this.#counts[occasion] > MAX_WAITING[occasion]) this.#omitted.set(colo, (this.#omitted.get(colo) ?? 0) + 1);
    else this.#wait(colo, passage, occasion, course);
    if (this.#flushAt !== null && now < this.#flushAt + LOST_AFTER_MS) return;
    this.#flushAt = Math.max(now, this.#flushedAt + FLUSH_EVERY_MS);
    background(this.#flush(this.#flushAt - now));
  }

  #wait(colo: string, passage: Passage, occasion: Occasion, course: Course): void {
    const local = ejecting(new Set(passage.ejected));
    const make = () => makeTrace(occasion, { ...passage, local }, passage.ejected, course);
    const waiting = this.#waiting.get(colo);
    if (waiting) waiting.push(make);
    else this.#waiting.set(colo, [make]);
  }

  async #flush(afterMs: number): Promise<void> {
    // What is sent at once is sent after the response all the same.
    await this.#deps.sleep(afterMs);
    const [waiting, omitted] = [this.#waiting, this.#omitted];
    this.#waiting = new Map();
    this.#counts = { sampled: 0, failed: 0, refused: 0 };
    this.#omitted = new Map();
    this.#flushAt = null;
    this.#flushedAt = this.#deps.now();
    const colos = new Set([...waiting.keys(), ...omitted.keys()]);
    await Promise.all([...colos].map((colo) => this.#send(colo, waiting.get(colo) ?? [], omitted.get(colo) ?? 0)));
  }

  async #send(colo: string, makers: readonly Waiting[], omitted: number): Promise<void> {
    // Of a colo of which all were left out, one call tells how many.
    for (let sent = 0; sent < Math.max(1, makers.length); sent += CHUNK) {
      await this.#deps.pause();
      const traces = makers.slice(sent, sent + CHUNK).map((make) => make());
      try {
        await this.#deps.observer(colo).keepTraces(traces, sent === 0 ? omitted : 0);
      } catch (error) {
        console.warn(`${makers.length - sent} traces are lost: the observer of ${colo} cannot be reached`, error);
        return;
      }
    }
  }
}
