import type { BackendId } from "../table/backend.ts";
import type { Vantage } from "../table/region.ts";
import type { Table } from "../table/table.ts";
import { type Vote, voteReportSchema } from "../table/verdict.ts";
import type { HeldVote } from "./quorum.ts";

/** Reports that are looked at in one call: as many as there can be backends. */
export const MAX_REPORTS = 10_000;

/** The votes on one backend, one of each vantage. */
export type Ballot = ReadonlyMap<Vantage, HeldVote>;
export type Ballots = ReadonlyMap<string, Ballot>;

export interface Cast {
  readonly ballots: Ballots;
  /** What was taken, in order. */
  readonly taken: readonly { readonly backend: string; readonly vote: Vote }[];
  /** What a vantage has just found failing, and does not hold to be down yet. */
  readonly doubted: readonly { readonly backend: BackendId; readonly detail: string }[];
}

/** Takes votes in order. Malformed ones, those on unknown backends and those overtaken by newer ones are left out. */
export function cast(backends: Table["backends"], ballots: Ballots, reports: unknown, now: number): Cast {
  const next = new Map(ballots);
  const taken: { backend: string; vote: Vote }[] = [];
  const doubted: { backend: BackendId; detail: string }[] = [];
  for (const raw of Array.isArray(reports) ? reports.slice(0, MAX_REPORTS) : []) {
    const report = voteReportSchema.safeParse(raw);
    if (!report.success || !backends.has(report.data.backend)) continue;
    const { backend, vote } = report.data;
    const before = next.get(backend)?.get(vote.vantage)?.vote;
    // A vantage whose clock is ahead is taken to speak of now, else it would shut out all that it says later.
    const said = { ...vote, checkedAt: Math.min(vote.checkedAt, now) };
    if (before && said.checkedAt < before.checkedAt) continue;
    next.set(backend, new Map(next.get(backend)).set(vote.vantage, { vote: said, heardAt: now }));
    taken.push({ backend, vote: said });
    if (said.confirming && !before?.confirming) doubted.push({ backend, detail: said.detail });
  }
  return { ballots: next, taken, doubted };
}
