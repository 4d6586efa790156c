import type { Weights } from "../../workers/control/schema/weights.ts";
import { columns } from "./columns.ts";

export function weightColumns(weights: Weights): string {
  const rows = Object.entries(weights).map(([id, weight]) => [id, String(weight)]);
  return columns(
    ["REGION OR BACKEND", "WEIGHT"],
    rows.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );
}
