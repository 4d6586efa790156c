import { afterEach, beforeEach, vi } from "vitest";

export const idleLoad = { cpu: 0.1, memory: 0.2, disk: 0.3, network: 0.4, inFlight: 0.5 };

/** How a node answers one request; it may reject, or never answer. */
export type Answer = (request: Request) => Response | Promise<Response>;

export const well: Answer = ({ url }) => (url.endsWith("/load") ? Response.json(idleLoad) : new Response("ok"));
export const ill: Answer = () => new Response("down", { status: 503 });
export const refusing: Answer = () => Promise.reject(new TypeError("Network connection lost."));
export const silent: Answer = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/** Regional nodes by origin, in place of the network; an unknown one refuses. It keeps what it was asked. */
export class FakeNodes {
  readonly requests: Request[] = [];
  readonly #answers = new Map<string, Answer>();

  set(origin: string, answer: Answer): void {
    this.#answers.set(origin, answer);
  }

  checksOf(origin: string): number {
    return this.requests.filter(({ url }) => url === `${origin}/healthz`).length;
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    this.requests.push(request);
    return (this.#answers.get(new URL(request.url).origin) ?? refusing)(request);
  }
}

/** Fresh nodes for each test of a file. */
export function useFakeNodes(): { readonly current: FakeNodes } {
  const nodes = { current: new FakeNodes() };
  beforeEach(() => {
    nodes.current = new FakeNodes();
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => nodes.current.fetch(input, init));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return nodes;
}
