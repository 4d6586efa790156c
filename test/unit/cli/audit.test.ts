import { beforeEach, describe, expect, it } from "vitest";
import type { Terminal } from "../../../scripts/cli/cli.ts";
import { createWorld, TOKEN, type World } from "../control/world.ts";
import { over, runIn } from "./terminal.ts";

let world: World;
let files: Record<string, string>;
beforeEach(async () => {
  world = await createWorld();
  files = { ".novacron/credentials.json": JSON.stringify({ url: "http://control.test", token: TOKEN }) };
  await world.call("PUT", "/weights", { body: { "us-east-1": 7 }, headers: { "CF-Connecting-IP": "203.0.113.9" } });
  await world.fetch(new Request("http://control.test/api/v1/table"));
});

const novacron = (line: string, terminal: Partial<Terminal> = {}) =>
  runIn(world, "novacron", line.split(" "), { env: {}, ...over(files), ...terminal });

it("audit ls", async () => {
  expect(await novacron("audit ls")).toEqual({
    exit: 0,
    err: "",
    out: `ENTRY  AT                        PRINCIPAL  ADDRESS      ACTION         TARGET   CHANGED            RESULT
3      2026-11-23T12:00:00.000Z  -          127.0.0.1    table:read     table    -                  refused 401 unauthenticated
2      2026-11-23T12:00:00.000Z  admin      203.0.113.9  weights:write  weights  regions/us-east-1  done 200
1      2026-11-23T12:00:00.000Z  admin      203.0.113.9  weights:write  weights  -                  begun
`,
  });
  const narrow = await novacron("audit ls --action weights --result done --json");
  expect(JSON.parse(narrow.out)).toMatchObject([{ seq: 2, changes: [{ what: "regions/us-east-1" }] }]);
  expect((await novacron("audit ls --result perhaps")).err).toContain("?result");
  expect((await novacron("audit ls --limit 0")).exit).toBe(2);
  expect((await novacron("audit ls --limit 2")).out).toMatch(
    /\n5 .*\n\nthere are older ones: --limit shows up to 500\n$/,
  );
  // Rows that are older, and that the filter leaves out, are none.
  expect((await novacron("audit ls --action weights --limit 2")).out).not.toContain("older");
  expect((await novacron("audit ls --action weights --limit 1")).out).toContain("\n\nthere are older ones: --limit");
});

it("audit export, and with a filter", async () => {
  const lines = (await novacron("audit export")).out.trimEnd().split("\n");
  expect(lines.map((line) => Object.keys(JSON.parse(line))[0])).toEqual(["head", "entry", "entry", "entry"]);
  const narrow = (await novacron("audit export --result refused")).out.trimEnd().split("\n");
  expect(narrow.map((line) => JSON.parse(line).entry.seq)).toEqual([3]);
});

describe("audit verify", () => {
  const keyOf = async () => (await world.audit.heads()).publicKey;

  it("says what it found good", async () => {
    const key = await keyOf();
    expect(await novacron("audit verify")).toEqual({
      exit: 0,
      err: "",
      out: `entries 1 to 3 are one chain\n1 signed head agrees with it, up to entry 3, by ${key}\n`,
    });
    expect(JSON.parse((await novacron("audit verify --json")).out)).toMatchObject({
      intact: true,
      entries: 4,
      keys: [key],
    });
  });

  it.each([
    [
      "edited",
      () => edit(2, (text) => text.replace("us-east-1", "us-west-2")),
      "entry 2 was edited: it does not have its hash",
    ],
    ["deleted", () => world.audit.sealed.splice(1, 1), "entry 2 is missing"],
    ["unreadable", () => edit(2, () => "x"), "entry 2 cannot be read (line 3)"],
    [
      "swapped",
      () => world.audit.sealed.splice(0, 2, ...world.audit.sealed.slice(0, 2).reverse()),
      "entry 2 stands in the place of entry 1",
    ],
  ])("names the first bad entry: %s", async (_name, tamper, reason) => {
    tamper();
    const { exit, err } = await novacron("audit verify");
    expect([exit, err]).toEqual([1, `${reason}\n`]);
  });

  it("checks a file without a control plane", async () => {
    files["log.jsonl"] = (await novacron("audit export")).out;
    const offline = { fetch: () => Promise.reject(new Error("there is no network")) };
    delete files[".novacron/credentials.json"];
    const any = await novacron("audit verify --file log.jsonl", offline);
    expect([any.exit, any.out]).toEqual([0, expect.stringContaining("give the one that you know as --key")]);
    expect((await novacron(`audit verify --file log.jsonl --key ${await keyOf()}`, offline)).exit).toBe(0);
    const other = await novacron("audit verify --file log.jsonl --key another", offline);
    expect([other.exit, other.err]).toEqual([
      1,
      "the signed head of entry 3 is not genuine, or not by a key that is trusted\n",
    ]);

    files["cut.jsonl"] = files["log.jsonl"].trimEnd().split("\n").slice(0, -1).join("\n");
    expect((await novacron("audit verify --file cut.jsonl", offline)).err).toBe(
      "entry 3 is missing, and all that follow: the log was signed up to entry 3\n",
    );
    files["bare.jsonl"] = files["log.jsonl"].split("\n").slice(1).join("\n");
    expect((await novacron("audit verify --file bare.jsonl", offline)).out).toContain("no signed head agrees");
    expect(await novacron("audit verify --file nothing", offline)).toMatchObject({
      exit: 1,
      err: "nothing: no such file\n",
    });
  });

  it("fails when the export breaks off", async () => {
    const read = world.audit.read.bind(world.audit);
    world.audit.read = (from, until) => (from === 1 ? read(from, until) : Promise.reject(new Error("lost")));
    await world.call("PUT", "/weights", { body: { "us-east-1": 8 } });
    const { exit, err } = await novacron("audit verify");
    expect([exit, err]).toEqual([1, expect.stringContaining("nothing answers at http://control.test")]);
  });
});

function edit(seq: number, change: (text: string) => string): void {
  const entry = world.audit.sealed[seq - 1];
  if (entry) world.audit.sealed[seq - 1] = { ...entry, text: change(entry.text) };
}
