import { type Defence, type DefenceLevel, milderOf } from "../../src/table/defence.ts";
import type { Mitigation } from "../../src/table/mitigation-settings.ts";

/** What is done about attacks on a service: the level that is set by hand, or else that of its defence, at most `most`. */
export function levelInForce({ mode, most }: Pick<Mitigation, "mode" | "most">, defence: Defence | null): DefenceLevel {
  if (mode !== "auto") return mode;
  return milderOf<DefenceLevel>(defence?.level ?? "observe", most);
}
