import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import manifest from "../../../package.json" with { type: "json" };
import type { Vantage } from "../../../src/table/region.ts";
import { createWorld, TOKEN, type World } from "../control/world.ts";
import { type At, directory, runAt } from "./directory.ts";

let world: World;
let files: Record<string, string>;
beforeEach(async () => {
  world = await createWorld();
  files = directory();
});

const novacron = (line: string, at?: At) => runAt(world, files, line, at);

describe("what it prints for people", () => {
  it("status", async () => {
    world.clock.now += 5_430_000;
    const { exit, out, err } = await novacron("status");
    expect([exit, err]).toEqual([0, ""]);
    expect(out).toBe(`table    epoch 1; configuration changed 1h 30m ago
control  up at http://control.test
edge     up at http://edge.test
shield   1 service only observed

REGION     STATUS   STATE   WEIGHT  DIAL  BACKENDS        LATENCY  CPU
us-east-1  unknown  active  100     100%  1/1 take, 0 up  -        -
us-west-2  unknown  active  100     100%  1/1 take, 0 up  -        -
`);
  });

  const checked = { since: 0, recoveredAt: null, checkedAt: 0, latencyMs: null, load: null } as const;
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
    await world.table.report([
      { backend, vote: { ...checked, status, vantage: "weur", detail: "", confirming: false } },
    ]);
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
no good clients are known yet
`,
    ]);
    const { out: listed } = await novacron("blacklist ls");
    expect(added.out.startsWith(listed)).toBe(true);
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

there are older ones: --limit shows up to 500
`);
    expect((await novacron("table history")).out).not.toContain("older ones");
  });

  it("table rollback brings a very wide ban back with --force, and warns of it", async () => {
    await novacron("blacklist add 0.0.0.0/1 --reason r --force --yes");
    await novacron("blacklist remove 0.0.0.0/1");
    const refused = await novacron("table rollback --to 2 --reason 'a slip'");
    expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining("with --force, if you mean it")]);
    const back = await novacron("table rollback --to 2 --reason 'a slip' --force");
    expect([back.exit, back.err]).toEqual([0, "warning: 0.0.0.0/1 is very wide\n"]);
    await novacron("blacklist remove 0.0.0.0/1");
    const unseen = await novacron("table rollback --to 2 --reason 'a slip' --force --yes");
    expect([unseen.exit, unseen.out]).toEqual([0, expect.stringContaining("warning: 0.0.0.0/1 is very wide\n")]);
  });

  it("table rollback shows what it changes and asks, and does what was agreed to", async () => {
    await novacron("table apply patch.json");
    let asked = "";
    const ask = (answer: string) => async (question: string) => {
      asked = question;
      return answer;
    };
    const back = "table rollback --to 1 --reason 'a slip'";
    const declined = await novacron(back, { ask: ask("n") });
    expect([declined.exit, asked]).toEqual([1, "roll back? [y/N] "]);
    expect(declined.err).toContain("at epoch 2:\n~ regions/us-east-1 weight: 50 → 100\n");
    // Somebody is faster.
    const overtaken = await novacron(back, {
      ask: async () => {
        await world.call("PUT", "/weights", { body: { "us-west-2": 7 } });
        return "y";
      },
    });
    expect([overtaken.exit, overtaken.err]).toEqual([1, expect.stringContaining("epoch")]);
    expect((await novacron(back, { ask: ask("y") })).out).toBe("the epoch is 4\n");
  });

  it("table rollback closes no service unasked", async () => {
    await novacron("shield mitigation api block --yes");
    await novacron("shield mitigation api auto");
    const back = "table rollback --to 2 --reason 'a slip'";
    const refused = await novacron(back);
    expect([refused.exit, refused.err]).toEqual([
      1,
      expect.stringContaining("would refuse everybody but the allowlist"),
    ]);
    expect(refused.err).toContain("--yes");
    expect((await novacron("shield mitigation api")).out).toContain("auto");
    const done = await novacron(`${back} --yes`);
    expect([done.exit, done.out]).toEqual([0, expect.stringContaining("would refuse everybody but the allowlist")]);
  });

  it("table apply of an old export, and says what of it has expired", async () => {
    const rule = { reason: "r", createdAt: 0, expiresAt: world.clock.now };
    files["old.json"] = JSON.stringify({ blacklist: { "192.0.2.7/32": rule, "192.0.2.8/32": rule } });
    const warning =
      "warning: 2 of 2 entries of the blacklist have expired, the last at 2026-11-23T12:00:00.000Z: they are left out\n";
    expect((await novacron("table plan old.json")).out).toContain(warning);
    const applied = await novacron("table apply old.json --yes");
    expect(applied).toEqual({ exit: 0, out: `nothing changes\n${warning}the epoch is 1\n`, err: "" });
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

  it("region health shows who says what, and who is silent", async () => {
    const said = { since: 0, recoveredAt: null, checkedAt: 0, latencyMs: 12, load: null, confirming: false } as const;
    const vote = (vantage: Vantage, status: "up" | "down", detail: string) =>
      world.table.report([{ backend: "us-east-1-a" as never, vote: { ...said, vantage, status, detail } }]);
    await vote("oc", "up", "200");
    world.clock.now += 20_000;
    await vote("weur", "up", "204");
    await vote("enam", "down", "503");
    const { exit, out } = await novacron("region health --region us-east-1");
    expect(exit).toBe(0);
    expect(out).toMatch(/us-east-1-a +up +active +1 up, 1 down, unsure/);
    expect(out).toMatch(/us-east-1-a +enam +down +1970-01-01T00:00:00.000Z .* 503$/m);
    expect(out).toMatch(/us-east-1-a +oc +up, too long ago .* 200$/m);
  });

  it("nothing that steers the terminal", async () => {
    await world.call("POST", "/blacklist", { body: { cidr: "203.0.113.9", reason: "\u001b[2J\u202egone" } });
    expect((await novacron("blacklist ls")).out).toContain("\ufffd[2J\ufffdgone");
  });
});

describe("regions, backends, services and policies", () => {
  it("are listed", async () => {
    expect(
      (await novacron("backends")).out,
    ).toBe(`BACKEND      REGION     URL                    STATE   WEIGHT  PRIORITY  TRACK
us-east-1-a  us-east-1  http://127.0.0.1:9001  active  100     0         stable
us-west-2-a  us-west-2  http://127.0.0.1:9002  active  100     0         stable
`);
    expect((await novacron("regions ls")).out).toContain("us-east-1  Virginia  US       active  100     100%  1000");
    expect((await novacron("services ls")).out).toContain("api      *      /     all       fastest  none");
    expect((await novacron("policies ls")).out).toBe("POLICY   KIND\nfastest  latency\n");
  });

  it("are made, shown, changed and deleted", async () => {
    const added = await novacron("backends add us-east-1-b region=us-east-1 url=http://127.0.0.1:9003 loadPath=null");
    expect([added.exit, parse(added.out)]).toMatchObject([0, { id: "us-east-1-b", weight: 100, loadPath: null }]);
    expect((await novacron("backends show us-east-1-b")).out).toBe(added.out);
    const set = await novacron("backends set us-east-1-b weight=7 state=draining");
    expect(parse(set.out)).toEqual({ ...parse(added.out), weight: 7, state: "draining" });
    expect(await novacron("backends rm us-east-1-b")).toEqual({
      exit: 0,
      out: "backends/us-east-1-b is gone\n",
      err: "",
    });
    expect((await novacron("backends show us-east-1-b")).exit).toBe(1);
  });

  it("take a field within a field, and lists", async () => {
    const { out } = await novacron(
      "services set api affinity.kind=cookie affinity.ttlSeconds=60 'hosts=[a.example, b.example]'",
    );
    expect(parse(out)).toMatchObject({
      affinity: { kind: "cookie", ttlSeconds: 60 },
      hosts: ["a.example", "b.example"],
    });
  });

  it("tell each field that is wrong", async () => {
    const { exit, err } = await novacron("regions set us-east-1 weight=x colour=red");
    expect([exit, err.split("\n").slice(1, 3)]).toEqual([
      1,
      ["  /weight: expected a number, not a string", "  /colour: unknown field"],
    ]);
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

it("shows fields in the order in which the control plane tells them", async () => {
  expect((await novacron("regions show us-east-1")).out).toMatch(/^id: us-east-1\n/);
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

it.each(["add", "set"])(
  "services %s says what the limits of a service's traffic mean, and only it does",
  async (verb) => {
    expect((await novacron(`services ${verb} --help`)).out).toMatch(/shaping\.bulkBytesPerSecond: .*of each response/);
    expect((await novacron(`regions ${verb} --help`)).out).not.toContain("shaping");
  },
);

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
