import type { LocalHealth } from "./view.ts";

/** Of who sends no traffic and so has no opinion of any backend: simulations, and the DNS. */
export const calm: LocalHealth = { isEjected: () => false, revision: 0, nextChangeAt: Number.POSITIVE_INFINITY };
