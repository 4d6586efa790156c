import type { AttackReport } from "../attack.ts";

/** A client that makes up so much of what is too much is named before what its requests have in common. */
const MOST = 0.5;

interface Attack extends Pick<AttackReport, "explanations" | "culprits"> {
  readonly expected: number;
  readonly actual: number;
}

/** What most of an attack is, as far as anybody can tell. */
export function whyOf({
  explanations,
  culprits,
  expected,
  actual,
}: Attack): { dimension: string; value: string } | undefined {
  const [first] = culprits;
  const isOne = first !== undefined && first.perSecond - first.usualPerSecond >= MOST * Math.max(1, actual - expected);
  return isOne ? { dimension: "client", value: first.client } : explanations[0];
}
