import type { ClientOptions, World } from "./world.ts";

/** Requests that may be under way: what a world that falls behind is not asked. */
const MAX_UNDER_WAY = 300;
const TICK_MS = 10;

export interface Answer {
  /** `performance.now()`. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** `null`: none came. */
  readonly status: number | null;
  readonly headers: Headers | null;
}

/** Clients that send at a steady pace, whatever is answered, until they are told to stop. */
export class PacedLoad {
  readonly answers: Answer[] = [];
  readonly startedAt = performance.now();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  /** `client` says who sends the request of a number, from 0 on, and for what. */
  constructor(world: World, perSecond: number, client: (number: number) => ClientOptions & { readonly path?: string }) {
    this.#timer = setInterval(() => {
      const due = ((performance.now() - this.startedAt) * perSecond) / 1000;
      while (this.#sent < due && this.#underWay.size < MAX_UNDER_WAY) {
        const { path = "/", ...options } = client(this.#sent++);
        const asked = this.#ask(world, path, options).finally(() => this.#underWay.delete(asked));
        this.#underWay.add(asked);
      }
      // Those that there was no room for are not made up for.
      this.#sent = Math.max(this.#sent, Math.floor(due));
    }, TICK_MS);
  }

  /** Answers that were not 200, or did not come. */
  get lost(): readonly Answer[] {
    return this.answers.filter(({ status }) => status !== 200);
  }

  /** The first answer with this status. */
  first(status: number): Answer | undefined {
    return this.answers.find((answer) => answer.status === status);
  }

  /** Sends no more, and resolves when all is answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  async #ask(world: World, path: string, options: ClientOptions): Promise<void> {
    const sentAt = performance.now();
    try {
      const response = await world.get(path, options);
      await response.arrayBuffer();
      const { status, headers } = response;
      this.answers.push({ sentAt, answeredAt: performance.now(), status, headers });
    } catch {
      this.answers.push({ sentAt, answeredAt: performance.now(), status: null, headers: null });
    }
  }
}
