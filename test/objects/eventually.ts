import { vi } from "vitest";

/** Beyond what a busy machine takes, which a second is not. */
const WITHIN = { timeout: 60_000, interval: 50 };

/** Waits until what looks at something no longer throws. */
export const eventually = <T>(look: () => T | Promise<T>): Promise<T> => vi.waitFor(look, WITHIN);
