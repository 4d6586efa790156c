import type { HeldVote } from "../../../src/health/quorum.ts";
import { locationHints, type Vantage } from "../../../src/table/region.ts";
import type { Vote } from "../../../src/table/verdict.ts";

export const now = Date.UTC(2026, 10, 23);

export const idle = { cpu: 0.1, memory: 0.1, disk: 0.1, network: 0.1, inFlight: 0.1 };

export function vote(vantage: Vantage, said: Partial<Vote> = {}): Vote {
  return {
    vantage,
    status: "up",
    since: now - 60_000,
    recoveredAt: null,
    checkedAt: now - 1000,
    latencyMs: 5,
    load: idle,
    detail: "200",
    confirming: false,
    ...said,
  };
}

/** Votes of as many vantages, a letter each: `u` says up, `d` says down, `-` has not been heard of for long. */
export function held(votes: string): HeldVote[] {
  return [...votes].map((letter, i) => ({
    vote: vote(locationHints[i] ?? "weur", letter === "d" ? { status: "down", load: null, detail: "503" } : {}),
    heardAt: letter === "-" ? now - 20_000 : now - 10_000,
  }));
}
