import { AsyncLocalStorage } from "node:async_hooks";
import type { Random } from "../../src/base/random.ts";
import { workAtHand } from "./actor.ts";
import type { Cancel, VirtualClock } from "./clock.ts";
import type { Transcript } from "./transcript.ts";

/** What the production code takes from its surroundings without asking for it. */
export interface Surroundings {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly transcript: Transcript;
  readonly fetch: typeof fetch;
}

const MAX_WORDS = 300;
/** One for all: most come when what they were for has long ended, and each would take a stack with it. */
const TIMED_OUT = new DOMException("timed out", "TimeoutError");

/** Puts the virtual world in place of the real globals, for one run. The answer brings the real ones back. */
export function install({ clock, random, transcript, fetch }: Surroundings): () => void {
  const timers = virtualTimers(clock);
  const note =
    (level: string) =>
    (...words: unknown[]) => {
      const work = workAtHand();
      if (work?.actor.alive) transcript.write(work.actor.name, `${level}: ${inWords(words)}`);
    };
  const restorations = [
    replace(globalThis, "setTimeout", timers.set as typeof setTimeout),
    replace(globalThis, "clearTimeout", timers.clear as typeof clearTimeout),
    replace(globalThis, "fetch", fetch),
    replace(globalThis as Record<string, unknown>, "IdentityTransformStream", TransformStream),
    replace(globalThis as Record<string, unknown>, "FixedLengthStream", TransformStream),
    replace(Date, "now", () => Math.floor(clock.now + (workAtHand()?.actor.skewMs ?? 0))),
    replace(AbortSignal, "timeout", (ms) => timeoutSignal(clock, ms)),
    replace(Math, "random", () => random.unit()),
    replace(crypto, "getRandomValues", (array) => fillAtRandom(array, random)),
    replace(crypto, "randomUUID", () => uuid(random)),
    replace(console, "info", note("info")),
    replace(console, "warn", note("warning")),
    replace(console, "error", note("error")),
  ];
  return () => {
    for (const restore of restorations) restore();
  };
}

function replace<T extends object, K extends keyof T>(owner: T, name: K, value: T[K]): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(owner, name, before);
    // It was inherited.
    else delete owner[name];
  };
}

function virtualTimers(clock: VirtualClock) {
  const pending = new Map<number, Cancel>();
  let last = 0;
  return {
    set: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): number => {
      const id = ++last;
      const actor = workAtHand()?.actor;
      const inContext = AsyncLocalStorage.snapshot();
      const cancel = clock.after(ms, () => {
        pending.delete(id);
        if (actor?.alive !== false) inContext(run, ...args);
      });
      pending.set(id, cancel);
      return id;
    },
    clear: (id: number | null | undefined): void => {
      if (id == null) return;
      pending.get(id)?.();
      pending.delete(id);
    },
  };
}

function timeoutSignal(clock: VirtualClock, ms: number): AbortSignal {
  const controller = new AbortController();
  const inContext = AsyncLocalStorage.snapshot();
  clock.after(ms, () => inContext(() => controller.abort(TIMED_OUT)));
  return controller.signal;
}

function fillAtRandom<T extends ArrayBufferView | null>(array: T, random: Random): T {
  if (array === null) return array;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.word() & 255;
  return array;
}

function uuid(random: Random) {
  const hex = random.hex(4);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}` as const;
}

/** Without stacks, which name files of this machine. */
function inWords(words: readonly unknown[]): string {
  return words
    .map((word) => (word instanceof Error ? word.message : typeof word === "string" ? word : JSON.stringify(word)))
    .join(" ")
    .replaceAll("\n", " ")
    .slice(0, MAX_WORDS);
}
