import type { Sql } from "../../src/base/sql.ts";
import { type Proposal, proposalSchema } from "../../src/shield/ban/proposal.ts";

/** Proposals that wait for a person; while there are as many, no more are made. */
export const MAX_OPEN = 100;
const MAX_SETTLED = 200;
/** Nobody answers after so long. */
export const LAPSES_AFTER_MS = 86_400_000;

/** Bans that a person is asked about, in memory (those that are open) and SQLite. */
export class Proposals {
  readonly #sql: Sql;
  /** By CIDR. */
  readonly #open = new Map<string, Proposal>();

  constructor(sql: Sql) {
    this.#sql = sql;
    for (const row of sql.exec<{ json: string }>("SELECT json FROM proposal WHERE is_open = 1 ORDER BY id"))
      for (const proposal of readProposal(row)) this.#open.set(proposal.cidr, proposal);
  }

  get open(): ReadonlyMap<string, Proposal> {
    return this.#open;
  }

  get isFull(): boolean {
    return this.#open.size >= MAX_OPEN;
  }

  put(proposal: Proposal): void {
    const isOpen = proposal.state.kind === "open";
    if (isOpen) this.#open.set(proposal.cidr, proposal);
    else this.#open.delete(proposal.cidr);
    this.#sql.exec(
      "INSERT INTO proposal VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET is_open = excluded.is_open, json = excluded.json",
      proposal.id,
      isOpen ? 1 : 0,
      JSON.stringify(proposal),
    );
    this.#sql.exec(
      "DELETE FROM proposal WHERE id IN (SELECT id FROM proposal WHERE is_open = 0 ORDER BY id DESC LIMIT -1 OFFSET ?)",
      MAX_SETTLED,
    );
  }

  /** Those that nobody has answered. A clock that was set back lets none lapse. */
  lapse(now: number): Proposal[] {
    const lapsed = [...this.#open.values()].filter(({ madeAt }) => now - madeAt > LAPSES_AFTER_MS);
    for (const proposal of lapsed) this.put({ ...proposal, state: { kind: "lapsed", at: now } });
    return lapsed;
  }

  find(id: string): Proposal | null {
    const rows = this.#sql.exec<{ json: string }>("SELECT json FROM proposal WHERE id = ?", id);
    return [...rows].flatMap(readProposal)[0] ?? null;
  }

  /** Newest first, those that are open before those that are settled. */
  list(limit: number): Proposal[] {
    const rows = this.#sql.exec<{ json: string }>(
      "SELECT json FROM proposal ORDER BY is_open DESC, id DESC LIMIT ?",
      limit,
    );
    return [...rows].flatMap(readProposal);
  }
}

function readProposal({ json }: { readonly json: string }): Proposal[] {
  const read = proposalSchema.safeParse(JSON.parse(json));
  return read.success ? [read.data] : [];
}
