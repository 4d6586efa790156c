import { beforeEach, expect, it } from "vitest";
import type { Terminal } from "../../../scripts/cli/cli.ts";
import { graveWarnings } from "../../../scripts/cli/grave-warnings.ts";
import { rateLimitSchema } from "../../../src/table/rate-limit.ts";
import type { DryRunReply } from "../../../workers/control/schema/dry-run.ts";
import { createWorld, type World } from "../control/world.ts";
import { person, runIn } from "./terminal.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const shield = (line: string, terminal: Partial<Terminal> = {}) =>
  runIn(world, "novacron", ["shield", ...line.split(" ")], terminal);

const busy = () => world.demand.push({ colo: "FRA", country: "DE", service: "api", requests: 1000 });

const LOGINS = "pathPrefix=/login rate=5 periodSeconds=60 burst=5";

it("warns of policies before it writes them, and asks", async () => {
  busy();
  const warning = "warning: there was traffic in the last hour, and none of it was recorded\n";
  const { ask, questions } = person("n", "y", "y");
  const declined = await shield(`policies add logins ${LOGINS}`, { ask });
  expect(declined).toEqual({ exit: 1, out: "", err: `${warning}nothing was changed\n` });
  expect((await shield("policies")).out).toBe("there are no shield policies\n");
  const added = await shield(`policies add logins ${LOGINS}`, { ask });
  expect([added.exit, added.err]).toEqual([0, warning]);
  expect(added.out).toContain("pathPrefix: /login");
  expect(added.out).not.toContain("warning");
  expect((await shield("policies set logins shadow=true", { ask })).out).toContain("shadow: true");
  expect(questions).toEqual([
    "Make it all the same? [y/N] ",
    "Make it all the same? [y/N] ",
    "Change it all the same? [y/N] ",
  ]);
});

it("shows a warning that need not stop anybody, and goes on, where nobody can be asked", async () => {
  busy();
  const warning = "warning: there was traffic in the last hour, and none of it was recorded\n";
  const added = await shield(`policies add logins ${LOGINS}`);
  expect([added.exit, added.err]).toEqual([0, warning]);
  expect(added.out).toContain("pathPrefix: /login");
  const json = await shield("policies set logins burst=6 --yes --json");
  expect(JSON.parse(json.out)).toMatchObject({ burst: 6, warnings: [{ code: "unchecked" }] });
});

it.each([
  "limits-many",
  "challenges-everybody",
  "refuses-everybody",
  "lets-attack-through",
  "touches-good-clients",
  "good-clients-unknown",
] as const)("needs a person's word for what %s, and not for a limit in shadow", (code) => {
  const warning = { code, path: "/limits/a", detail: "", counts: null };
  const change = (shadow: boolean) => ({ section: "limits", id: "a", before: null, after: { shadow } });
  expect(graveWarnings({ changes: [change(false)], warnings: [warning] })).toEqual([warning]);
  expect(graveWarnings({ changes: [change(true)], warnings: [warning] })).toEqual([]);
});

it("asks nothing of a policy that will be refused, or that nothing speaks against", async () => {
  const { ask, questions } = person();
  const refused = await shield("policies add logins rate=0", { ask });
  expect([refused.exit, refused.err]).toMatchObject([1, expect.stringContaining("/rate: ")]);
  expect((await shield(`policies add logins ${LOGINS}`, { ask })).exit).toBe(0);
  expect(questions).toEqual([]);
});

it("warns who may write policies and not plan, and goes on where nobody can be asked", async () => {
  await world.call("PUT", "/roles/guard", { body: { permissions: ["shield:*"] } });
  const token = await world.admit({ name: "gus", kind: "machine", roles: ["guard"] });
  const env = { NOVACRON_URL: "http://control.test", NOVACRON_TOKEN: token };
  expect(await shield(`policies add logins ${LOGINS}`, { env })).toMatchObject({
    exit: 0,
    err: expect.stringContaining("you may not plan changes (table:plan)"),
  });
  const { ask, questions } = person("n");
  expect((await shield("policies set logins burst=6", { env, ask })).exit).toBe(1);
  expect(questions).toHaveLength(1);
});

it("lists, shows and removes policies", async () => {
  await shield(`policies add logins ${LOGINS} shadow=true`);
  expect((await shield("policies list")).out).toMatchInlineSnapshot(`
    "POLICY  SERVICES  PATH    METHODS  KEY             RATE   BURST  ACTION          BANS AFTER
    logins  all       /login  any      client-address  5/60s  5      block (shadow)  -
    "
  `);
  const shown = await shield("policies show logins");
  expect(shown.out).toContain("burst: 5");
  // What is shown can be tried.
  const tried = await shield("policies dry-run --file - --json", { readInput: async () => shown.out });
  expect([tried.exit, JSON.parse(tried.out).policy]).toMatchObject([0, { pathPrefix: "/login", burst: 5 }]);
  await shield("policies set logins banAfterSeconds=3");
  expect((await shield("policies list")).out).toMatch(/ 3s$/m);
  expect((await shield("policies remove logins")).out).toBe("shield policy logins is gone\n");
  expect((await shield("policies")).out).toBe("there are no shield policies\n");
});

it.each(["add", "set"])("policies %s --help names each field, its range and its default", async (verb) => {
  const { out } = await shield(`policies ${verb} --help`);
  for (const name of Object.keys(rateLimitSchema.shape))
    expect(out).toMatch(new RegExp(`^  ${name} +\\S.*default`, "m"));
  expect(out).toContain("(1 to 10,000,000; default 10,000)");
  expect(out).toContain("(block, challenge, log; default block)");
});

it("tries a policy on recorded requests", async () => {
  expect((await shield("policies dry-run")).exit).toBe(2);
  expect((await shield("policies dry-run --id none")).err).toContain("404");
  const readInput = async () => "rate: 1\nburst: 1\n";
  const { exit, out } = await shield("policies dry-run --file -", { readInput });
  expect(exit).toBe(0);
  expect(out).toContain("no request was recorded in the last hour");
  const there = await shield("policies dry-run --file - --colo XXX", { readInput });
  expect(there.out).toContain("no request was recorded at XXX in the last hour");
  const bad = await shield("policies dry-run --file -", { readInput: async () => "a: [" });
  expect([bad.exit, bad.err]).toEqual([1, expect.stringMatching(/^the standard input: /)]);
});

it("says that there is no such policy before it warns of what it would do", async () => {
  busy();
  const { ask, questions } = person();
  const { exit, err } = await shield("policies set nope rate=5", { ask });
  expect([exit, err, questions]).toEqual([1, expect.stringContaining("shield policy nope (404"), []]);
});

it("shows keys that read the same as one row, and says how many they are", async () => {
  const at = (second: number) => `2026-11-23T11:59:0${second}.000Z`;
  const item = (key: string, requests: number, limited: number, second: number) => ({
    key,
    requests,
    limited,
    firstAt: at(second),
    worst: { at: at(second), requests, limited },
  });
  const reply: DryRunReply = {
    epoch: 1,
    policy: rateLimitSchema.parse({}),
    sample: { requests: 60, from: at(1), to: at(9), tracePercent: {}, colos: ["FRA"], omittedColos: 0 },
    matched: 60,
    unkeyed: 0,
    keys: 9,
    limitedKeys: 3,
    limited: 16,
    estimated: { matched: 60, limited: 16 },
    items: [item("198.51.100.0/24", 9, 7, 4), item("203.0.113.0/24", 8, 6, 3), item("203.0.113.0/24", 5, 3, 2)],
    notes: [],
  };
  const fetch = async () => Response.json(reply);
  const { out } = await shield("policies dry-run --id x", { fetch });
  expect(out.split("\n\n")[1]).toMatchInlineSnapshot(`
    "NETWORK OR KEY   KEYS  REQUESTS  LIMITED  FIRST                     WORST SECOND OF ONE
    203.0.113.0/24   2     13        9        2026-11-23T11:59:02.000Z  2026-11-23T11:59:03.000Z (6 of 8)
    198.51.100.0/24  1     9         7        2026-11-23T11:59:04.000Z  2026-11-23T11:59:04.000Z (7 of 9)
    "
  `);
});
