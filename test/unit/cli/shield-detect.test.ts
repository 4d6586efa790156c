import { describe, expect, it } from "vitest";
import { MAX_INPUT_BYTES, MAX_LINE_BYTES, readSeries } from "../../../scripts/cli/series-file.ts";
import { createWorld } from "../control/world.ts";
import { runIn } from "./terminal.ts";

const world = await createWorld();

/** Runs the verb over a file in pieces of an odd length, with no credentials. */
async function detect(text: string, ...options: string[]) {
  let reads = 0;
  async function* pieces(path: string) {
    if (path !== "-" && path !== "series.csv")
      throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
    reads += 1;
    const bytes = new TextEncoder().encode(text);
    for (let i = 0; i < bytes.length; i += 7) yield bytes.subarray(i, i + 7);
  }
  const path = options.includes("-") ? [] : ["series.csv"];
  const ran = await runIn(world, "novacron", ["shield", "detect", "--csv", ...path, ...options], {
    env: {},
    readPieces: pieces,
  });
  return { ...ran, reads };
}

/** The times of a file, Unix milliseconds. */
async function timesOf(text: string): Promise<number[]> {
  const read = await readSeries("series.csv", {
    readPieces: async function* () {
      yield new TextEncoder().encode(text);
    },
  });
  if (!read.ok) throw new Error(read.error.kind);
  const times: number[] = [];
  for await (const { at } of read.value) times.push(at);
  return times;
}

const series = Array.from({ length: 200 }, (_, i) => `${1_767_225_600 + 60 * i},${i === 150 ? 9000 : 100 + (i % 7)}`);

describe("shield detect", () => {
  it("prints each row with its score, and finds the one that is far out", async () => {
    const { exit, out, err, reads } = await detect(series.join("\n"));
    expect([exit, err, reads]).toEqual([0, "", 2]);
    const [heading, ...rows] = out.trimEnd().split("\n");
    expect(heading).toBe("timestamp,value,score,anomaly");
    expect(rows.map((row) => row.split(",").slice(0, 2).join(","))).toEqual(series);
    expect(rows.findIndex((row) => row.endsWith(",1"))).toBe(150);
    const scores = rows.map((row) => Number(row.split(",")[2]));
    expect(scores.indexOf(Math.max(...scores))).toBe(150);
  });

  it.each([
    ["RFC 3339", "2026-01-01T01:00:00+01:00"],
    ["a date and a time, in UTC", "2026-01-01 00:00:00"],
    ["fractions of a second", "2026-01-01 00:00:00.000"],
    ["Unix seconds", "1767225600"],
    ["Unix milliseconds", "1767225600000"],
    ["quotes", '"2026-01-01 00:00:00"'],
    ["an offset without a colon", "2026-01-01 01:00:00+0100"],
    ["an offset of hours", "2026-01-01 01:00:00+01"],
    ["UTC by its name", "2026-01-01 00:00:00 UTC"],
    ["slashes, and no leading zeros", "2026/1/1 0:00"],
    ["a day without separators", "20260101"],
    ["Unix microseconds", "1767225600000000"],
    ["Unix nanoseconds", "1767225600000000000"],
  ])("reads %s", async (_, timestamp) => {
    const text = `\uFEFFtimestamp,value\r\n${timestamp},1.5\r\n\r\n`;
    const { out, exit } = await detect(text);
    expect([exit, out.split("\n")[1]]).toEqual([0, `${timestamp.replaceAll('"', "")},1.5,0,0`]);
    expect(await timesOf(text)).toEqual([1_767_225_600_000]);
  });

  it.each([
    ["other names in another order, beside other columns", "label,Value,Date", "0,1.5,2026-01-01"],
    ["names that are not known", "when,what", "2026-01-01 00:00,1.5"],
    ["no names", "", "0,1.5"],
    ["the name of the time alone, which another column stands before", "id,timestamp,load", "7,2026-01-01,1.5"],
    ["the name of the time alone, which is the last", "load,timestamp", "1.5,2026-01-01"],
    ["names in quotes, beside a cell with commas in it", '"note","timestamp","value"', '"a ""b"", c,",2026-01-01,1.5'],
  ])("finds its columns by %s", async (_, heading, row) => {
    const { out, exit } = await detect(`${heading}\n${row}\n`);
    const timestamp = /2026[-\d: ]+/.exec(row)?.[0] ?? "0";
    expect([exit, out.split("\n")[1]]).toEqual([0, `${timestamp},1.5,0,0`]);
  });

  it.each([
    ["whole numbers are those of rows, a minute each", ["0", "1", "2"], [0, 60_000, 120_000]],
    ["whatever comes after them", ["0", "1", "2.5"], [0, 60_000, 150_000]],
    ["a first fraction makes all of them seconds", ["0.0", "0.5", "1", "1.5"], [0, 500, 1000, 1500]],
    ["so does a first negative number", ["-1", "0", "1"], [-1000, 0, 1000]],
    ["and Unix seconds", ["1767225600", "1767225660.5"], [1_767_225_600_000, 1_767_225_660_500]],
    ["Unix milliseconds are these", ["1767225600000", "1767225600001"], [1_767_225_600_000, 1_767_225_600_001]],
  ])("has one unit for a file: %s", async (_name, timestamps, expected) => {
    expect(await timesOf(timestamps.map((timestamp) => `${timestamp},1\n`).join(""))).toEqual(expected);
  });

  it.each([
    ["a date after numbers", ["0", "2026-01-01"], '"2026-01-01" is a date, where rows before it have seconds or'],
    [
      "a number after dates",
      ["2026-01-01", "7"],
      '"7" is seconds or a row\'s number, where rows before it have a date',
    ],
    ["milliseconds after seconds", ["1767225600", "1767225660000"], '"1767225660000" is Unix milliseconds, where'],
  ])("names the row of %s", async (_name, timestamps, reason) => {
    const { exit, out, err } = await detect(timestamps.map((timestamp) => `${timestamp},1\n`).join(""));
    expect([exit, out]).toEqual([1, ""]);
    expect(err).toContain(`line 2, timestamp: ${reason}`);
  });

  it("prints a row without a value where it stands, as if it had not been there", async () => {
    const holed = series.flatMap((row) => [row, `${row.split(",")[0]},`, `${row.split(",")[0]},NaN`]);
    const whole = await detect(series.join("\n"));
    const { exit, out } = await detect(holed.join("\n"));
    const rows = out.trimEnd().split("\n").slice(1);
    expect([exit, rows.length]).toEqual([0, 3 * series.length]);
    expect(rows.filter((_, i) => i % 3 === 0)).toEqual(whole.out.trimEnd().split("\n").slice(1));
    expect(rows.slice(0, 3)).toEqual(["1767225600,100,0,0", "1767225600,,0,0", "1767225600,,0,0"]);
  });

  it.each(["", "NaN", "null", "None", "N/A", "<NA>"])("takes %j for no value", async (written) => {
    const { exit, out } = await detect(`0,1\n1,${written}\n`);
    expect([exit, out.split("\n")[2]]).toEqual([0, "1,,0,0"]);
  });

  it("says how many rows are out of order, and judges them nevertheless", async () => {
    const { exit, out, err } = await detect("3,1\n1,1\n3,1\n2,1\n4,1\n");
    expect([exit, out.split("\n").length]).toEqual([0, 7]);
    expect(err).toBe("2 of 5 rows are earlier than one before them: are they in the order of time?\n");
  });

  it("calls an anomaly what scores 0.5 or more", async () => {
    const { out } = await detect(series.join("\n"));
    const rows = out.trimEnd().split("\n").slice(1);
    expect(rows.filter((row) => Number(row.split(",")[2]) >= 0.5 !== row.endsWith(",1"))).toEqual([]);
  });

  it("reads the standard input once, and prints JSON", async () => {
    const { out, reads } = await detect(series.join("\n"), "-", "--json");
    expect(reads).toBe(1);
    expect(JSON.parse(out)).toHaveLength(200);
    expect(JSON.parse(out)[150]).toMatchObject({ timestamp: "1767234600", value: 9000, anomaly: true });
  });

  it("names the lines that are wrong, and prints nothing else", async () => {
    const text =
      "t,v\n1767225600,1\n2026-02-30 00:00:00,1\nnoon,1\n1767225600,many\n1767225600,Infinity\n1767225600\n1,2,3\n";
    const { exit, out, err } = await detect(text);
    expect([exit, out]).toEqual([1, ""]);
    expect(err).toMatchInlineSnapshot(`
      "series.csv has bad rows; nothing was run
        line 3, timestamp: "2026-02-30 00:00:00" is no time
        line 4, timestamp: "noon" is no time
        line 5, value: "many" is no number
        line 6, value: "Infinity" is no number
        line 7: expected timestamp,value
        line 8: expected timestamp,value
      "
    `);
  });

  it("names twenty of many", async () => {
    const { err } = await detect("1767225600,1\n".concat("x,y\n".repeat(30)));
    expect(err.trimEnd().split("\n")).toHaveLength(22);
    expect(err).toContain("and 10 more");
  });

  it.each([
    ["", "there are no rows of timestamp,value"],
    ["timestamp,value\n", "there are no rows of timestamp,value"],
    ["timestamp\n2026-01-01\n", "line 2: expected timestamp,value"],
    [`1767225600,${"1".repeat(MAX_LINE_BYTES)}\n`, "a line is longer than 4096 bytes"],
  ])("refuses a file without rows, with one column, or with a line that never ends", async (text, reason) => {
    const { exit, out, err } = await detect(text);
    expect([exit, out]).toEqual([1, ""]);
    expect(err).toContain(reason);
  });

  it("refuses a file that is not there, and an input too long to be held", async () => {
    const missing = await runIn(world, "novacron", ["shield", "detect", "--csv", "other.csv"]);
    expect([missing.exit, missing.err]).toEqual([1, "other.csv: no such file\n"]);
    async function* endless() {
      for (let bytes = 0; bytes <= MAX_INPUT_BYTES; bytes += 1 << 20) yield new Uint8Array(1 << 20).fill(0x0a);
      yield new Uint8Array(1);
    }
    const long = await runIn(world, "novacron", ["shield", "detect", "--csv", "-"], { readPieces: endless });
    expect([long.exit, long.out]).toEqual([1, ""]);
    expect(long.err).toContain("64 MiB");
  });
});
