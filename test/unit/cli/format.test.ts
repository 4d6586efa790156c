import { expect, it } from "vitest";
import { changeLines } from "../../../scripts/cli/change-lines.ts";
import { columns } from "../../../scripts/cli/columns.ts";
import { formatDuration, parseDuration } from "../../../scripts/cli/duration.ts";

const plain = { isTerminal: false, env: {} };

it.each([
  ["90s", 90],
  ["15m", 900],
  ["1h", 3600],
  ["7d", 604_800],
])("reads the duration %s", (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

it.each(["", "1", "h", "1.5h", "-1h", "1w", "1h ", "1h30m"])("does not read the duration '%s'", (text) => {
  expect(() => parseDuration(text)).toThrow("Expected a duration");
});

it.each([
  [0, "0s"],
  [0.9, "0s"],
  [59, "59s"],
  [3600, "1h"],
  [5430, "1h 30m"],
  [90_061, "1d 1h"],
  [-5, "0s"],
])("writes %d seconds as %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

it.each<[string, readonly (readonly string[])[], string]>([
  ["no rows", [], "A  LONGER"],
  ["wider cells", [["wide", "x"]], "A     LONGER\nwide  x"],
  ["an empty last cell", [["a", ""]], "A  LONGER\na"],
  ["characters beyond the basic plane", [["🙂🙂", "x"]], "A   LONGER\n🙂🙂  x"],
])("lays out columns with %s", (_name, rows, text) => {
  expect(columns(["A", "LONGER"], rows)).toBe(text);
});

it("tells what comes, what goes, and which fields change", () => {
  const entity = { weight: 1, frameworks: ["GDPR"], state: "active" };
  expect(
    changeLines(
      [
        { section: "regions", id: "a", before: null, after: entity },
        { section: "regions", id: "b", before: entity, after: null },
        {
          section: "regions",
          id: "c",
          before: entity,
          after: { weight: 2, frameworks: [], jurisdiction: "eu", state: "active" },
        },
      ],
      plain,
    ),
  ).toEqual([
    "+ regions/a",
    "- regions/b",
    "~ regions/c weight: 1 → 2",
    '~ regions/c frameworks: ["GDPR"] → []',
    '~ regions/c jurisdiction: nothing → "eu"',
  ]);
  expect(changeLines([], plain)).toEqual(["nothing changes"]);
});

it.each([
  ["at a terminal", { isTerminal: true, env: {} }, "\u001b[32m+ regions/a\u001b[39m"],
  ["where NO_COLOR is set", { isTerminal: true, env: { NO_COLOR: "1" } }, "+ regions/a"],
  ["elsewhere", plain, "+ regions/a"],
])("colours changes for people alone: %s", (_name, terminal, line) => {
  expect(changeLines([{ section: "regions", id: "a", before: null, after: {} }], terminal)).toEqual([line]);
});
