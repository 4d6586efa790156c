import type { Random } from "../../src/base/random.ts";
import { type Client, clients, hostOf, SERVICES } from "./clients.ts";
import type { VirtualClock } from "./clock.ts";
import type { Dice } from "./dice.ts";
import type { Isolate } from "./edge-adapter.ts";
import type { Observation } from "./observation.ts";
import type { Transcript } from "./transcript.ts";

export interface Shape {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request: whose it is, and where it goes. */
export interface Visit {
  readonly colo: string;
  readonly isolate: Isolate;
  readonly client: Client;
  readonly service: string;
  readonly shape: Shape;
}

/** Mostly requests that may be repeated; some with a body that is held, some that are sent once. */
const SHAPES: readonly Shape[] = [
  ...Array.from({ length: 6 }, () => ({ method: "GET" })),
  { method: "HEAD" },
  { method: "POST", body: "once" },
  { method: "POST", body: "again", headers: { "Idempotency-Key": "k", "Content-Length": "5" } },
  { method: "PUT", body: "again", headers: { "Content-Length": "5" } },
];

/** The path of a request names it, so that its tries can be told on the network. */
const PATH = "/sim/";

export function requestOf(url: string): number | null {
  const { pathname } = new URL(url);
  return pathname.startsWith(PATH) ? Number(pathname.slice(PATH.length)) : null;
}

export interface CrowdOptions {
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly random: Random;
  readonly everyMs: number;
  readonly transcript: Transcript;
  readonly observe: (observation: Observation) => void;
}

/** Clients from everywhere, who send requests to the isolates. */
export class Crowd {
  /** Answers by status. */
  readonly answers = new Map<number, number>();
  readonly #options: CrowdOptions;
  #requests = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
  }

  /** Sends requests by one colo for ever; `isolate` is whoever serves there at the time. */
  visit(colo: string, isolate: () => Isolate): void {
    const { clock, dice, everyMs } = this.#options;
    clock.after(dice.pauseMs(everyMs), () => {
      const client = dice.pick(clients);
      const service = dice.pick(SERVICES);
      void this.send({ colo, isolate: isolate(), client, service, shape: dice.pick(SHAPES) });
      this.visit(colo, isolate);
    });
  }

  async send({ colo, isolate, client, service, shape }: Visit): Promise<void> {
    const { observe, transcript } = this.#options;
    const number = ++this.#requests;
    const { method, body, headers } = shape;
    const { name, skewMs } = isolate.actor;
    observe({ kind: "request", errand: { number, isolate: name, skewMs, client, service } });
    const request = new Request(`https://${hostOf(service)}${PATH}${number}`, {
      method,
      headers: { ...headers, "CF-Connecting-IP": client.address },
      body: body ?? null,
    });
    const response = await isolate.answer(request, client.cf && { ...client.cf, colo }, number);
    const { status } = response;
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    const type = response.headers.get("content-type") ?? "";
    const isOwn = type.startsWith("application/problem+json") && !response.headers.has("x-backend");
    const by = response.headers.get("x-novacron-backend") ?? (isOwn ? await titleOf(response) : "");
    const words = `#${number} ${method} ${service} from ${client.name}: ${status} ${by}`;
    transcript.write(name, words.trimEnd());
    observe({ kind: "answered", request: number, status, isOwn });
    if (status === 500 && isOwn) observe({ kind: "crashed", request: number });
  }
}

const titleOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { readonly title: string }).title;
