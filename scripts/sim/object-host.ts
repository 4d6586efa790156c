import type { DatabaseSync } from "node:sqlite";
import type { Env } from "../../workers/env.ts";
import { type Actor, actAs } from "./actor.ts";
import type { Cancel, VirtualClock } from "./clock.ts";
import type { Address, Network } from "./network.ts";
import { objectStorage } from "./object-storage.ts";
import { openDatabase } from "./sql.ts";

/** The platform runs an alarm again so often when it fails, each time later. */
const MAX_ALARM_RETRIES = 6;
const ALARM_RETRY_MS = 2000;

/** What an object does by itself; whatever else it has may be called. */
interface Instance {
  alarm?(info: { readonly isRetry: boolean; readonly retryCount: number }): Promise<void>;
}
export type ObjectClass = new (state: DurableObjectState, env: Env) => object;

/** A call that an object has carried out, before its answer leaves. */
export interface Carried {
  readonly object: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly result: unknown;
}

export interface HostOptions {
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly classes: Readonly<Record<string, ObjectClass>>;
  /** What an object is called on the network and in the transcript. */
  readonly nameOf: (object: string) => string;
  readonly siteOf: (object: string) => string;
  readonly skewMs: () => number;
  readonly envOf: (actor: Actor) => Env;
  readonly carried: (call: Carried) => Promise<void>;
  readonly restarted: (object: string) => void;
}

/** What of an object outlives its memory. */
interface Stored {
  /** Its name within its class. */
  readonly id: string;
  readonly address: Address;
  readonly make: ObjectClass;
  readonly database: DatabaseSync;
  /** By the object's own clock. */
  alarmAt: number | null;
  cancelAlarm: Cancel;
  /** An alarm that has begun and not ended: after a restart it is run again. */
  alarmRuns: boolean;
  life: Life | null;
}

/** One life of an object, from its construction to its restart. */
interface Life {
  readonly actor: Actor;
  readonly instance: Instance;
  readonly ready: Promise<unknown>;
  /** Rejects when this life ends. */
  readonly ended: Promise<never>;
  readonly end: (reason: Error) => void;
}

/**
 * Runs Durable Objects as the platform does: made at the first call, called over the network with copies, woken by
 * alarms at least once; a restart loses what is in memory and fails the calls that are under way.
 */
export class ObjectHost {
  readonly #options: HostOptions;
  readonly #objects = new Map<string, Stored>();

  constructor(options: HostOptions) {
    this.#options = options;
  }

  /** A binding as an actor has it, whose calls travel from there. */
  namespace(binding: string, from: Actor): unknown {
    return { getByName: (name: string) => this.#stub(`${binding}/${name}`, from) };
  }

  /** The running object, for a look at it that is no call; `null` when it is not in memory. */
  peek(object: string): object | null {
    return this.#objects.get(object)?.life?.instance ?? null;
  }

  /** The objects that are in memory. */
  running(): string[] {
    return [...this.#objects].filter(([, { life }]) => life !== null).map(([object]) => object);
  }

  restart(object: string): void {
    const stored = this.#objects.get(object);
    if (!stored?.life) return;
    const { actor, end } = stored.life;
    actor.alive = false;
    stored.life = null;
    end(new Error("The Durable Object was restarted."));
    this.#options.restarted(object);
    if (stored.alarmRuns) this.#alarmAgain(stored, 1);
  }

  /** Runs a set alarm at once and leaves it set: that it comes twice is the platform's right. */
  repeatAlarm(object: string): void {
    const stored = this.#objects.get(object);
    if (stored && stored.alarmAt !== null && !stored.alarmRuns) void this.#runAlarm(stored, 1);
  }

  #stub(object: string, from: Actor): object {
    const { network } = this.#options;
    const stored = this.#stored(object);
    const call = (method: string, args: readonly unknown[]) =>
      network.ask(from, stored.address, () => this.#call(stored, object, method, args));
    return new Proxy(
      {},
      {
        get:
          (_, method) =>
          (...args: unknown[]) =>
            call(String(method), structuredClone(args)),
      },
    );
  }

  async #call(stored: Stored, object: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const { actor, instance, ready, ended } = this.#live(stored);
    const answer = async () => {
      await ready;
      const own = (instance as Record<string, unknown>)[method];
      if (typeof own !== "function") throw new TypeError(`The object has no method ${method}.`);
      const result: unknown = await own.apply(instance, args);
      await this.#options.carried({ object, method, args, result });
      return structuredClone(result);
    };
    return Promise.race([actAs(actor, answer), ended]);
  }

  #stored(object: string): Stored {
    const known = this.#objects.get(object);
    if (known) return known;
    const slash = object.indexOf("/");
    const binding = object.slice(0, slash);
    const name = object.slice(slash + 1);
    const make = this.#options.classes[binding];
    if (!make) throw new Error(`no class for ${binding}`);
    const stored: Stored = {
      id: name,
      address: { name: this.#options.nameOf(object), site: this.#options.siteOf(object) },
      make,
      database: openDatabase(),
      alarmAt: null,
      cancelAlarm: () => undefined,
      alarmRuns: false,
      life: null,
    };
    this.#objects.set(object, stored);
    return stored;
  }

  #live(stored: Stored): Life {
    if (stored.life) return stored.life;
    const actor: Actor = { ...stored.address, skewMs: this.#options.skewMs(), alive: true };
    const { promise: ended, reject } = Promise.withResolvers<never>();
    // Nobody may be waiting for it.
    ended.catch(() => undefined);
    const alarm = { get: () => stored.alarmAt, set: (at: number | null) => this.#setAlarm(stored, actor, at) };
    const background = (work: Promise<unknown>) => void work.catch(() => undefined);
    let ready: Promise<unknown> = Promise.resolve();
    const state = {
      id: { name: stored.id, toString: () => stored.id },
      storage: objectStorage(stored.database, alarm, () => actor.alive),
      waitUntil: background,
      blockConcurrencyWhile: <T>(work: () => Promise<T>): Promise<T> => {
        const done = work();
        ready = ready.then(() => done);
        return done;
      },
    };
    const instance = actAs(
      actor,
      () => new stored.make(state as unknown as DurableObjectState, this.#options.envOf(actor)),
    );
    stored.life = { actor, instance, ready, ended, end: reject };
    return stored.life;
  }

  #setAlarm(stored: Stored, { skewMs }: Actor, at: number | null): void {
    stored.cancelAlarm();
    stored.alarmAt = at;
    if (at !== null) stored.cancelAlarm = this.#options.clock.at(at - skewMs, () => void this.#runAlarm(stored, 0));
  }

  async #runAlarm(stored: Stored, retryCount: number): Promise<void> {
    const { actor, instance, ready, ended } = this.#live(stored);
    if (retryCount === 0) stored.alarmAt = null;
    stored.alarmRuns = true;
    try {
      await ready;
      const run = async () => instance.alarm?.({ isRetry: retryCount > 0, retryCount });
      await Promise.race([actAs(actor, run), ended]);
      stored.alarmRuns = false;
    } catch {
      // A restart has seen to it already.
      if (actor.alive) this.#alarmAgain(stored, retryCount + 1);
    }
  }

  #alarmAgain(stored: Stored, retryCount: number): void {
    stored.alarmRuns = false;
    if (retryCount > MAX_ALARM_RETRIES) return;
    // One that has been set meanwhile comes in its place.
    this.#options.clock.after(ALARM_RETRY_MS * 2 ** (retryCount - 1), () => {
      if (stored.alarmAt === null && !stored.alarmRuns) void this.#runAlarm(stored, retryCount);
    });
  }
}
