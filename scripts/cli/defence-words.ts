import { counted } from "../../src/base/counted.ts";
import type { ShieldStatusReply } from "../../workers/control/schema/mitigation.ts";
import { matchWords, percent } from "./attack-report.ts";
import { printable } from "./columns.ts";

/** Of services on which something is done, whether or not they are under attack: at which level, and whom it meets most. */
export function defenceWords({ services, observed }: Pick<ShieldStatusReply, "services" | "observed">): string {
  const defended = services.filter(({ level }) => level !== "observe");
  const others = observed + services.length - defended.length;
  const words = defended.map(wordsOf);
  const rest = words.length === 0 ? counted(others, "service") : counted(others, "other service");
  return printable([...words, ...(others === 0 && words.length > 0 ? [] : [`${rest} only observed`])].join(", "));
}

function wordsOf({ service, level, mode, strictest }: ShieldStatusReply["services"][number]): string {
  if (mode !== "auto") return `${service} ${level} by hand, of all requests`;
  if (strictest === null) return `${service} ${level}`;
  const { match, level: most, collateral } = strictest;
  const usual = collateral === null ? "" : `, collateral ${percent(collateral)}`;
  return `${service} ${level} (strictest: ${most} of ${matchWords(match)}${usual})`;
}
