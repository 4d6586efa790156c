/** Rows under their headings, two spaces apart. */
export function columns(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_heading, i) => Math.max(...lines.map((line) => width(line[i] ?? ""))));
  return lines
    .map((line) =>
      line
        .map((cell, i) => pad(cell, widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Without control characters: text from elsewhere must not steer the terminal. */
export const printable = (text: string) => text.replace(/\p{Cc}|\p{Cf}/gu, "\ufffd");

const width = (text: string) => [...text].length;
const pad = (text: string, to: number) => text + " ".repeat(Math.max(0, to - width(text)));
