import { expect, it } from "vitest";
import type { Proposal } from "../../../../src/shield/ban/proposal.ts";
import { announceProposals } from "../../../../src/shield/mitigation/announce.ts";

const proposal = (i: number): Proposal => ({
  id: `p${i}`,
  cidr: `192.0.2.${i}/32`,
  reason: "it broke a limit",
  objection: "It holds good clients",
  evidence: { kind: "breach", limit: "per-client", since: 0, at: 0, seconds: 3, offered: 2, allowed: 1 },
  touches: 1,
  wouldTouch: 2,
  mayTouch: 1,
  seconds: 3600,
  madeAt: 0,
  state: { kind: "open" },
});

it.each([
  [0, [], null],
  [3, ["p0", "p1", "p2"], null],
  [4, ["p0", "p1", "p2", null], "Shall 192.0.2.3/32 be banned, too?"],
  [6, ["p0", "p1", "p2", null], "Shall 192.0.2.3/32 and 2 more be banned, too?"],
])("people are told of %i proposals, none of which waits unsaid", (count, proposals, last) => {
  const told = announceProposals(Array.from({ length: count }, (_, i) => proposal(i)));
  expect(told.map((each) => each.proposal)).toEqual(proposals);
  if (last !== null) expect(told.at(-1)?.text).toContain(last);
});
