/** One measured figure. `ok` is there when it has a target. */
export interface Figure {
  readonly bench: string;
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: number;
  readonly target?: string;
  readonly ok?: boolean;
}

/** The middle value; the lower of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

export function atLeast(value: number, bound: number): Pick<Figure, "target" | "ok"> {
  return { target: `≥ ${bound}`, ok: value >= bound };
}

export function atMost(value: number, bound: number): Pick<Figure, "target" | "ok"> {
  return { target: `≤ ${bound}`, ok: value <= bound };
}

export function printFigures(figures: readonly Figure[]): void {
  const rows = figures.map(({ bench, figure, value, unit, baseline, target, ok }) => [
    bench,
    figure,
    `${rounded(value)} ${unit}`,
    baseline === undefined ? "" : rounded(baseline),
    target ?? "",
    ok === undefined ? "" : ok ? "ok" : "MISSED",
  ]);
  const table = [["bench", "figure", "value", "baseline", "target", ""], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table)
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

const rounded = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
