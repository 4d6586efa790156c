import { isObject } from "../../src/table/merge-patch.ts";

/** A value as people read it: fractions to three digits. */
export function roundedFigures(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? value : roundedFigure(value);
  if (Array.isArray(value)) return value.map(roundedFigures);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, roundedFigures(each)]));
}

/** To three digits, and whole from a thousand on. */
export const roundedFigure = (value: number): number =>
  Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
