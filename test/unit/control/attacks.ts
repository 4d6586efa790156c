import type { Evidence } from "../../../src/shield/ban/evidence.ts";
import type { Proposal } from "../../../src/shield/ban/proposal.ts";
import type { AttackRecord } from "../../../src/shield/mitigation/attack-record.ts";
import { NOW } from "./world.ts";

/** What tests of the shield have on record. */
export const breach: Evidence = {
  kind: "breach",
  limit: "standard",
  since: NOW - 5000,
  at: NOW,
  seconds: 5,
  offered: 20_000,
  allowed: 10_000,
};

export const attack = (id: string, become: Partial<AttackRecord> = {}): AttackRecord => ({
  id,
  service: "api",
  direction: "flood",
  state: "ongoing",
  startedAt: NOW - 10_000,
  endedAt: null,
  updatedAt: NOW,
  severity: "major",
  worst: "critical",
  peak: { at: NOW - 5000, actual: 9000, expected: 100, sigmas: 40, regions: [] },
  scopes: {
    global: {
      report: "r",
      state: "ongoing",
      at: NOW,
      reportedAt: NOW,
      severity: "major",
      sigmas: 40,
      expected: 100,
      actual: 9000,
    },
  },
  explanations: [{ dimension: "country", value: "XX", usualShare: 0.01, share: 0.9, excess: 8000 }],
  culprits: [{ client: "203.0.113.9", perSecond: 4000, usualPerSecond: 0 }],
  level: "limit",
  mostLevel: "limit",
  levelSince: NOW - 8000,
  signatures: [
    {
      match: { country: "XX" },
      perSecond: 50,
      covers: 0.95,
      collateral: 0.002,
      collateralAtMost: 0.006,
      origin: "search",
    },
  ],
  bans: 1,
  proposals: 0,
  timeline: [
    { at: NOW - 10_000, kind: "seen", what: "9,000 req/s where 100 are usual", numbers: { actual: 9000 } },
    { at: NOW - 8000, kind: "decided", what: "limit country=XX", numbers: { covers: 0.95 } },
    { at: NOW - 7900, kind: "done", what: "in force from epoch 3", numbers: { epoch: 3 } },
  ],
  leftOut: 0,
  ...become,
});

export const proposal = (id: string, cidr: string): Proposal => ({
  id,
  cidr,
  reason: "12,000 req/s",
  objection: "it would touch 3 good clients of 100, at most 0",
  evidence: breach,
  touches: 3,
  wouldTouch: 3,
  mayTouch: 0,
  seconds: 3600,
  madeAt: NOW,
  state: { kind: "open" },
});
