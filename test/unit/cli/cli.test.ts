import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import manifest from "../../../package.json" with { type: "json" };
import type { Terminal } from "../../../scripts/cli/cli.ts";
import { run } from "../../../scripts/cli/run.ts";
import { createWorld, TOKEN, type World } from "../control/world.ts";

let world: World;
let files: Record<string, string>;
beforeEach(async () => {
  world = await createWorld();
  files = {
    ".novacron/credentials.json": JSON.stringify({ url: "http://control.test", token: TOKEN }),
    ".novacron/world.json": JSON.stringify({ edge: "http://edge.test" }),
    "patch.yaml": "regions:\n  us-east-1:\n    weight: 50\n",
    "patch.json": '{"regions":{"us-east-1":{"weight":50}}}',
    "unsafe.yaml": "regions:\n  us-east-1: null\n",
    "broken.yaml": "regions: {",
  };
});

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line against the real control API over a table in memory. */
async function novacron(line: string, terminal: Partial<Terminal> & { readonly name?: string } = {}): Promise<Ran> {
  let out = "";
  let err = "";
  const exit = await run(terminal.name ?? "novacron", words(line), {
    env: {},
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    fetch: async (request) => (request.url === "http://edge.test/" ? new Response() : world.fetch(request)),
    readFile: async (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
      return text;
    },
    readInput: async () => files["patch.yaml"] ?? "",
    writeSecret: async (path, text) => {
      files[path] = text;
    },
    removeFile: async (path) => {
      delete files[path];
    },
    ask: null,
    now: () => world.clock.now,
    ...terminal,
  });
  return { exit, out, err };
}

/** Splits at spaces; single quotes hold words together. */
const words = (line: string) => [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);

describe("what it prints for people", () => {
  it("status", async () => {
    world.clock.now += 5_430_000;
    const { exit, out, err } = await novacron("status");
    expect([exit, err]).toEqual([0, ""]);
    expect(out).toBe(`table    epoch 1; configuration changed 1h 30m ago
control  up at http://control.test
edge     up at http://edge.test

REGION     STATUS   STATE   WEIGHT  DIAL  BACKENDS        LATENCY  CPU
us-east-1  unknown  active  100     100%  1/1 take, 0 up  -        -
us-west-2  unknown  active  100     100%  1/1 take, 0 up  -        -
`);
  });

  const verdict = { since: 0, recoveredAt: null, checkedAt: 0, latencyMs: null, load: null, vantage: "local" } as const;
  const backend = "us-east-1-a" as never;
  it.each([
    ["up", {}, "1/1 take, 1 up"],
    ["down", {}, "0/1 take, 0 up"],
    ["up", { backends: { "us-east-1-a": { state: "draining" } } }, "0/1 take, 1 up"],
    ["up", { backends: { "us-east-1-a": { state: "disabled" } } }, "0/1 take, 0 up"],
    ["up", { backends: { "us-east-1-a": { weight: 0 } } }, "0/1 take, 1 up"],
    ["up", { regions: { "us-east-1": { weight: 0 } } }, "0/1 take, 1 up"],
    ["up", { regions: { "us-east-1": { dialPercent: 0 } } }, "0/1 take, 1 up"],
    ["up", { regions: { "us-east-1": { state: "maintenance" } } }, "0/1 take, 1 up"],
  ] as const)("status of a backend that is %s with %j", async (status, patch, expected) => {
    await world.table.report([{ backend, verdict: { ...verdict, status, detail: "" } }]);
    expect((await world.call("POST", "/table/apply", { body: patch })).status).toBe(200);
    const { out } = await novacron("status");
    expect(out.split("\n").find((line) => line.startsWith("us-east-1"))).toContain(expected);
  });

  it("weights", async () => {
    const { exit, out } = await novacron("weights set us-east-1=50 us-west-2-a=0.5");
    expect([exit, out]).toEqual([0, "REGION OR BACKEND  WEIGHT\nus-east-1          50\nus-west-2-a        0.5\n"]);
    const listed = await novacron("weights");
    expect(listed.out.split("\n")[1]).toBe("us-east-1          50");
    expect((await novacron("weights list")).out).toBe(listed.out);
  });

  it("blacklist", async () => {
    expect((await novacron("blacklist ls")).out).toBe("the blacklist is empty\n");
    const added = await novacron("blacklist add 203.0.113.9 --reason 'port scans' --ttl 15m");
    expect([added.exit, added.out]).toEqual([
      0,
      `CIDR            CREATED                   EXPIRES                   REASON
203.0.113.9/32  2026-11-23T12:00:00.000Z  2026-11-23T12:15:00.000Z  port scans
`,
    ]);
    expect((await novacron("blacklist ls")).out).toBe(added.out);
    expect(await novacron("blacklist rm 203.0.113.9/32")).toEqual({
      exit: 0,
      out: "203.0.113.9/32 is off the blacklist\n",
      err: "",
    });
    expect((await novacron("blacklist rm 203.0.113.9")).exit).toBe(1);
  });

  it("lists of several pages, whole", async () => {
    for (let start = 0; start < 600; start += 300) {
      const ids = Array.from(
        { length: 300 },
        (_, i) => `10.0.${Math.floor((start + i) / 256)}.${(start + i) % 256}/32`,
      );
      const rule = { reason: "r", createdAt: world.clock.now, expiresAt: world.clock.now + 1000 };
      await world.call("POST", "/table/apply", {
        body: { blacklist: Object.fromEntries(ids.map((id) => [id, rule])) },
      });
    }
    expect(JSON.parse((await novacron("blacklist ls --json")).out)).toHaveLength(600);
  });

  it("table plan, apply, history and rollback", async () => {
    const plan = await novacron("table plan patch.yaml");
    expect(plan).toEqual({ exit: 0, out: "at epoch 1:\n~ regions/us-east-1 weight: 100 → 50\n", err: "" });
    const applied = await novacron("table apply patch.json --if-epoch 1");
    expect(applied).toEqual({ exit: 0, out: "~ regions/us-east-1 weight: 100 → 50\nthe epoch is 2\n", err: "" });
    expect((await novacron("table apply -")).out).toBe("nothing changes\nthe epoch is 2\n");
    const back = await novacron("table rollback --to 1 --reason 'a slip'");
    expect(back).toEqual({ exit: 0, out: "~ regions/us-east-1 weight: 50 → 100\nthe epoch is 3\n", err: "" });
    const history = await novacron("table history --limit 2");
    expect(history.out).toBe(`EPOCH  AT                        BY     CHANGES  SUMMARY
3      2026-11-23T12:00:00.000Z  admin  1        roll back to 1: a slip
2      2026-11-23T12:00:00.000Z  admin  1        apply a patch to regions
`);
  });

  it("table show, which apply reads back as no change", async () => {
    const { exit, out } = await novacron("table show");
    expect(exit).toBe(0);
    expect(parse(out).regions["us-east-1"].name).toBe("Virginia");
    files["shown.yaml"] = out;
    expect((await novacron("table apply shown.yaml")).out).toBe("nothing changes\nthe epoch is 1\n");
  });

  it("region health, under either name", async () => {
    const whole = await novacron("region health --region us-east-1 --since 1h");
    expect(whole.exit).toBe(0);
    expect(whole.out).toContain("us-east-1-a  unknown  active");
    expect(whole.out).toContain("there is no history since then");
    expect(await novacron("health --region us-east-1 --since 1h", { name: "novacron-region" })).toEqual(whole);
    expect((await novacron("region health")).out).toContain("us-west-2");
  });

  it("nothing that steers the terminal", async () => {
    await world.call("POST", "/blacklist", { body: { cidr: "203.0.113.9", reason: "\u001b[2J\u202egone" } });
    expect((await novacron("blacklist ls")).out).toContain("\ufffd[2J\ufffdgone");
  });
});

it.each([
  ["status", { epoch: 1, control: { status: "up" }, edge: { status: "up" }, regions: [{ id: "us-east-1" }, {}] }],
  ["weights", { "us-east-1": 100 }],
  ["weights set us-east-1=50", { "us-east-1": 50, "us-west-2": 100 }],
  ["blacklist ls", []],
  ["blacklist add 203.0.113.9 --reason r", { cidr: "203.0.113.9/32", ttlSeconds: 3600 }],
  ["table show", { epoch: 1, counts: { blacklist: 0 } }],
  ["table plan patch.yaml", { epoch: 1, objections: [] }],
  ["table apply patch.yaml", { epoch: 2, changes: [{ id: "us-east-1" }] }],
  ["table history", [{ epoch: 1 }]],
  ["region health", [{ id: "us-east-1" }, { id: "us-west-2" }]],
  ["region health --region us-east-1", { id: "us-east-1", status: "unknown" }],
])("prints JSON and nothing else: %s", async (line, expected) => {
  const { exit, out, err } = await novacron(`${line} --json`);
  expect([exit, err]).toEqual([0, ""]);
  expect(JSON.parse(out)).toMatchObject(expected);
});

it("tells its version", async () => {
  expect(await novacron("--version")).toEqual({ exit: 0, out: `${manifest.version}\n`, err: "" });
});

it("takes --json before the verb too", async () => {
  expect(JSON.parse((await novacron("--json weights list")).out)).toMatchObject({ "us-east-1": 100 });
});

describe("exit 1, and why on stderr", () => {
  it.each([
    [
      "weights set mars=1 us-east-1=2",
      "Some fields are wrong (422, request request-1)\n  /mars: no region or backend is named mars\n",
    ],
    [
      "weights set us-east-1=1001",
      "Some fields are wrong (422, request request-1)\n  /us-east-1: Too big: expected number to be <=1000\n",
    ],
    [
      "blacklist rm 203.0.113.9",
      "There is no such thing: 203.0.113.9/32 is not on the blacklist (404, request request-1)\n",
    ],
    ["table apply patch.yaml --if-epoch 7", "The table has changed since: its epoch is 1 (412, request request-1)\n"],
    [
      "table rollback --to 9 --reason r",
      "Some fields are wrong (422, request request-1)\n  /epoch: expected a kept epoch, 0 to 1\n",
    ],
    ["region health --region mars", "There is no such thing: regions/mars (404, request request-1)\n"],
    ["table apply none.yaml", "none.yaml: no such file: none.yaml\n"],
  ])("%s", async (line, err) => {
    const before = await world.state();
    expect(await novacron(line)).toEqual({ exit: 1, out: "", err });
    expect(await world.state()).toBe(before);
  });

  it("of a plan that would be refused, which it shows all the same", async () => {
    const { exit, out, err } = await novacron("table plan unsafe.yaml --json");
    expect(exit).toBe(1);
    expect(JSON.parse(out).objections).not.toEqual([]);
    expect(err).toMatch(/^it would be refused:\n {2}\/regions\/us-east-1: /);
  });

  it("of a file that cannot be read", async () => {
    const { exit, out, err } = await novacron("table apply broken.yaml");
    expect([exit, out]).toEqual([1, ""]);
    expect(err).toMatch(/^broken\.yaml: .+ at line 1/);
  });

  it("without credentials", async () => {
    files = {};
    expect(await novacron("status")).toEqual({
      exit: 1,
      out: "",
      err: "there are no credentials at .novacron/credentials.json: start a world with npm start, or set NOVACRON_URL and NOVACRON_TOKEN\n",
    });
  });

  it.each([
    ["not JSON", "{", "not JSON"],
    ["no token", '{"url":"http://control.test"}', "token: "],
    ["another scheme", '{"url":"ftp://control.test","token":"x"}', "url: "],
  ])("with credentials that are wrong: %s", async (_name, text, detail) => {
    files[".novacron/credentials.json"] = text;
    const { exit, err } = await novacron("status");
    expect(exit).toBe(1);
    expect(err).toContain(`.novacron/credentials.json cannot be read: ${detail}`);
  });

  const refusedBy = (error: Error) => ({ fetch: async () => Promise.reject(error) });
  it("when nothing answers", async () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:8788"), { code: "ECONNREFUSED" });
    const { exit, err } = await novacron("status", refusedBy(new TypeError("fetch failed", { cause })));
    expect([exit, err]).toEqual([
      1,
      "nothing answers at http://control.test (connection refused): is the world running? start it with npm start\n",
    ]);
  });

  it.each([
    ["a page", "text/html", "<html>"],
    ["half of JSON", "application/json", "{"],
    ["an empty problem", "application/problem+json", "{}"],
  ])("when something else answers: %s", async (_name, type, text) => {
    const fetch = async () => new Response(text, { headers: { "Content-Type": type } });
    const { exit, err } = await novacron("status", { fetch });
    expect([exit, err]).toEqual([1, "http://control.test answers 200, but not as the control API does\n"]);
  });

  it("when the token is another's", async () => {
    const { exit, err } = await novacron("status", { env: { NOVACRON_TOKEN: "another" } });
    expect([exit, err]).toEqual([1, "A valid bearer token is needed (401, request request-1)\n"]);
  });
});

describe("exit 2 for what it does not understand", () => {
  it.each([
    "",
    "nothing",
    "weights nothing",
    "weights set",
    "weights set us-east-1",
    "weights set us-east-1=x",
    "weights set us-east-1=-1",
    "weights set us-east-1=1 us-east-1=2",
    "blacklist",
    "blacklist add",
    "blacklist add 203.0.113.9",
    "blacklist add 203.0.113.9 --reason r --ttl soon",
    "blacklist rm",
    "table apply",
    "table apply patch.yaml --if-epoch x",
    "table history --limit 501",
    "table rollback --to 1",
    "region health --colour",
  ])("novacron %s", async (line) => {
    const { exit, out, err } = await novacron(line);
    expect([exit, out]).toEqual([2, ""]);
    expect(err).not.toBe("");
  });
});

it.each([
  "",
  "status",
  "weights",
  "weights set",
  "blacklist",
  "blacklist add",
  "allowlist rm",
  "table",
  "table apply",
  "region health",
])("explains itself: novacron %s --help", async (line) => {
  const { exit, out, err } = await novacron(`${line} --help`);
  expect([exit, err]).toEqual([0, ""]);
  expect(out).toMatch(/^Usage: novacron/);
});

describe("where it goes", () => {
  const seen: Request[] = [];
  const spy = async (request: Request) => {
    seen.push(request);
    return world.fetch(request);
  };
  beforeEach(() => {
    seen.length = 0;
  });

  it.each([
    ["to the local world", {}, "http://control.test/api/v1/weights"],
    ["where NOVACRON_URL says", { NOVACRON_URL: "http://there.test:99/" }, "http://there.test:99/api/v1/weights"],
    ["with the path spelt out", { NOVACRON_URL: "http://there.test/api/v1" }, "http://there.test/api/v1/weights"],
    ["from another state directory", { NOVACRON_STATE_DIR: "/else" }, "http://else.test/api/v1/weights"],
  ])("%s", async (_name, env, url) => {
    files["/else/credentials.json"] = JSON.stringify({ url: "http://else.test", token: TOKEN });
    expect((await novacron("weights", { env, fetch: spy })).exit).toBe(0);
    expect(seen.map((request) => request.url)).toEqual([url]);
  });

  it("needs no file when both are given", async () => {
    files = {};
    const env = { NOVACRON_URL: "http://there.test", NOVACRON_TOKEN: TOKEN };
    const { exit, out } = await novacron("status", { env, fetch: spy });
    expect(exit).toBe(0);
    expect(out).toContain("edge     not known: there is no world.json");
  });
});
