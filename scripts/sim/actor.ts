import { AsyncLocalStorage } from "node:async_hooks";

/** Something that runs code of its own at one place: an isolate, an object, a node, an operator. */
export interface Actor {
  readonly name: string;
  /** The region at which it stands, or the one next to it. */
  readonly site: string;
  /** How far its clock is ahead of the true time. */
  readonly skewMs: number;
  /** False once it has been restarted: what is left of it is not heard any more. */
  alive: boolean;
}

/** Who is at work, and on which client's request. */
interface Work {
  readonly actor: Actor;
  readonly request: number | null;
}

const current = new AsyncLocalStorage<Work>();

/** Runs code as an actor, with all that it sets off: its clock and its name go with it. */
export function actAs<T>(actor: Actor, run: () => T, request: number | null = null): T {
  return current.run({ actor, request }, run);
}

export const workAtHand = (): Work | undefined => current.getStore();
