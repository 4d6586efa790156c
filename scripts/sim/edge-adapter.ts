import type { RoutingTableApi } from "../../durable-objects/routing-table/api.ts";
import { coloObserver, rateLimiter, routingTable } from "../../durable-objects/stubs.ts";
import type { Random } from "../../src/base/random.ts";
import type { View } from "../../src/routing/view.ts";
import type { ServiceEntry } from "../../src/table/snapshot.ts";
import { AffinityCookies } from "../../workers/edge/affinity.ts";
import { createEdgeApp, type EdgeApp } from "../../workers/edge/app.ts";
import { Edge, type EdgeDeps } from "../../workers/edge/edge.ts";
import type { TryResult } from "../../workers/edge/try.ts";
import type { Env } from "../../workers/env.ts";
import { pause } from "../../workers/pause.ts";
import type { ColoCache } from "../../workers/shared-replies.ts";
import { type Actor, actAs, workAtHand } from "./actor.ts";
import type { Observation } from "./observation.ts";

/** All that depends on what the edge needs from outside. */
export interface IsolateOptions {
  readonly actor: Actor;
  readonly env: Env;
  /** Shared with the other isolates of the colo. */
  readonly coloCache: ColoCache;
  readonly fetch: typeof fetch;
  readonly random: Random;
  readonly observe: (observation: Observation) => void;
}

/** One isolate of the edge: the production app, watched through its public face. */
export class Isolate {
  readonly actor: Actor;
  readonly #edge: Edge;
  readonly #app: EdgeApp;

  constructor(options: IsolateOptions) {
    this.actor = options.actor;
    const deps = depsOf(options);
    this.#edge = new WatchedEdge(deps, options);
    this.#app = createEdgeApp(deps, this.#edge);
  }

  get epoch(): number | null {
    return this.#edge.health.epoch;
  }

  /** Rejects never: the app answers whatever happens. */
  async answer(request: Request, cf: object | null, number: number): Promise<Response> {
    // Node's `Request` takes no `cf`.
    if (cf) Object.defineProperty(request, "cf", { value: cf });
    const context = {
      waitUntil: (work: Promise<unknown>) => void work.catch(() => undefined),
      passThroughOnException: () => undefined,
      props: {},
    };
    return actAs(this.actor, async () => this.#app.fetch(request, undefined, context), number);
  }
}

function depsOf({ actor, env, coloCache, fetch, random, observe }: IsolateOptions): EdgeDeps {
  return {
    table: () => {
      const table = routingTable(env);
      const suspect: RoutingTableApi["suspect"] = (suspicions) => {
        observe({ kind: "suspicion", isolate: actor.name, backends: suspicions.map(({ backend }) => backend) });
        return table.suspect(suspicions);
      };
      // Whatever else is called is the stub's own.
      return Object.assign(Object.create(table) as RoutingTableApi, { suspect });
    },
    coloCache,
    observer: (colo) => coloObserver(env, colo),
    limiter: (name) => rateLimiter(env, name),
    fetch,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    pause,
    random,
    countryByIp: () => null,
    // No service of a run binds by cookie or challenges: signatures are made on threads, whose order no seed decides.
    affinity: new AffinityCookies("s".repeat(32)),
    challengeSecret: "s".repeat(32),
    turnstileSecret: null,
  };
}

class WatchedEdge extends Edge {
  readonly #isolate: string;
  readonly #observe: (observation: Observation) => void;

  constructor(deps: EdgeDeps, { actor, observe }: IsolateOptions) {
    super(deps);
    this.#isolate = actor.name;
    this.#observe = observe;
  }

  override view(background: (work: Promise<unknown>) => void): View | Promise<View | null> {
    const view = super.view(background);
    if (!(view instanceof Promise)) return this.#seen(view);
    return view.then((value) => (value === null ? null : this.#seen(value)));
  }

  override observe(service: ServiceEntry, result: TryResult): void {
    if (result.kind === "failure" || result.status >= 500)
      this.#observe({
        kind: "try-failed",
        isolate: this.#isolate,
        backend: result.entry.id,
        isolateNow: this.now(),
      });
    super.observe(service, result);
  }

  #seen(view: View): View {
    const { epoch, health, failovers } = view.snapshot;
    const request = workAtHand()?.request ?? null;
    this.#observe({ kind: "view", request, isolate: this.#isolate, epoch, health, failovers });
    return view;
  }
}
