import { beforeEach, expect, it } from "vitest";
import type { Terminal } from "../../../scripts/cli/cli.ts";
import { attack, proposal } from "../control/attacks.ts";
import { createWorld, NOW, type World } from "../control/world.ts";
import { person, runIn } from "./terminal.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const shield = (line: string, terminal: Partial<Terminal> = {}) =>
  runIn(world, "novacron", ["shield", ...line.split(" ")], terminal);

it("shows how the shield stands", async () => {
  world.mitigator.records.push(attack("attack-1"));
  const { exit, out } = await shield("status");
  expect(exit).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "attacks   1 ongoing, 0 subsiding, on api
    done      0 policies enforced, 0 only counted; 1 service only observed
    refused   nothing in the last minute
    limits    nobody was over one in the last hour
    bans      0 by the shield, 0 by people
    for you   nothing waits
    clients   0 good ones known; the shield's bans touch 0 of them, at most 1
    detector  has seen no traffic

    ATTACK    SERVICE  KIND             STATE    STARTED                   ENDED  PEAK                            LEVEL  HIGHEST  BANS
    attack-1  api      flood, critical  ongoing  2026-11-23T11:59:50.000Z  -      9000/s over 3 s, usually 100/s  limit  limit    1

    SERVICE  LEVEL    SET                  AUTOMATIC
    api      observe  auto, at most block  -
    "
  `);
  const json = await shield("status --json");
  expect(JSON.parse(json.out)).toMatchObject({ services: [{ service: "api" }] });
});

it("shows what meets customers most, in one line, here and where everything is", async () => {
  const [signature] = attack("attack-1").signatures;
  if (signature === undefined) throw new Error("there is no signature");
  const customers = { prefix: "100.64.0.0/24" } as never;
  const signatures = [signature, { ...signature, match: customers, level: "challenge" as const, collateral: 1 }];
  world.mitigator.records.push(attack("attack-1", { signatures }));
  const defence = {
    attack: "attack-1",
    level: "limit" as const,
    since: NOW,
    signatures: signatures.map(({ match, perSecond, level }) => ({ match, perSecond, ...(level && { level }) })),
  };
  await world.table.setDefence({ service: "api", next: defence, expected: null });
  const words = "api limit (strictest: challenge of prefix=100.64.0.0/24, collateral 100%)\n";
  const status = async () => [(await shield("status")).out, (await runIn(world, "novacron", ["status"])).out];
  for (const out of await status()) expect(out).toContain(words);
  await shield("mitigation api auto --most limit --yes");
  for (const out of await status()) expect(out).toContain("api limit (strictest: limit of country=XX,");
  world.mitigator.unreachable = true;
  for (const out of await status()) expect(out).toContain("api limit (strictest: limit of country=XX)\n");
  await shield("mitigation api auto --most observe --yes");
  for (const out of await status()) expect(out).toContain("1 service only observed\n");
});

it("shows the regions to who may not see the shield", async () => {
  const body = { permissions: ["health:read"] };
  expect((await world.call("PUT", "/roles/health", { body })).status).toBeLessThan(300);
  const token = await world.admit({ name: "ops", roles: ["health"], kind: "machine" });
  const env = { NOVACRON_URL: "http://control.test", NOVACRON_TOKEN: token };
  const { exit, out } = await runIn(world, "novacron", ["status"], { env });
  expect([exit, out]).toEqual([
    0,
    expect.stringMatching(/\nshield {3}not known: Not permitted: needs shield:read .*\n\nREGION/),
  ]);
});

it("shows what was refused, the most first, and that it does not know where the detector is silent", async () => {
  const status = await world.detector.status();
  const refused = async () => /^refused +(.*)$/m.exec((await shield("status")).out)?.[1];
  world.detector.status = async () => ({ ...status, refused: { limited: 7, blocked: 312 } });
  expect(await refused()).toBe("312 blocked, 7 limited in the last minute");
  const { refused: _, ...older } = status;
  world.detector.status = async () => older as typeof status;
  expect(await refused()).toBe("not known: the detector does not tell");
  world.detector.status = () => Promise.reject(new Error("Network connection lost."));
  expect(await refused()).toBe("not known: the detector cannot be reached");
});

it("shows whom limits met and would have met, the most first, and that it does not know", async () => {
  const status = await world.detector.status();
  const limits = async () => /^limits +(.*)$/m.exec((await shield("status")).out)?.[1];
  expect(await limits()).toBe("nobody was over one in the last hour");
  world.detector.status = async () => ({
    ...status,
    limits: [
      { limit: "calm", passed: 5, limited: 0, wouldLimit: 0 },
      { limit: "per-client", passed: 90, limited: 10, wouldLimit: 0 },
      { limit: "oops", passed: 2, limited: 0, wouldLimit: 98 },
    ],
  });
  expect(await limits()).toBe("oops would have limited 98 of 100, per-client limited 10 of 100 in the last hour");
  const { limits: _, ...older } = status;
  world.detector.status = async () => older;
  expect(await limits()).toBe("not known: the detector does not tell");
});

it("shows it again and again", async () => {
  let times = 0;
  const { out } = await shield("status --watch 1", { pause: async () => ++times < 3 });
  expect(out.match(/^attacks {3}/gm)).toHaveLength(4);
});

it("shows and sets what is done about attacks", async () => {
  expect((await shield("mitigation")).out).toMatchInlineSnapshot(`
    "SERVICE  LEVEL    SET                  CHALLENGE      AUTOMATIC
    api      observe  auto, at most block  proof-of-work  -
    "
  `);
  expect((await shield("mitigation api auto --most limit")).out).toMatch(/api +observe +auto, at most limit/);
  expect((await shield("mitigation api")).out).toMatch(/at most limit/);
  expect((await shield("mitigation api auto")).out).toContain(
    "auto may do limit at most, as was set before: novacron shield mitigation api --most block lets it do all",
  );
  expect((await shield("mitigation none limit")).err).toContain("services/none (404");
});

it.each([
  ["a level that there is not", "mitigation api nuke"],
  ["a most beside a level by hand", "mitigation api limit --most observe"],
  ["a most for no service", "mitigation --most limit"],
])("refuses %s", async (_name, line) => {
  const before = await world.state();
  expect((await shield(line)).exit).toBe(2);
  expect(await world.state()).toBe(before);
});

it("says whom a level by hand would meet, and asks", async () => {
  const { ask, questions } = person("n", "y");
  const declined = await shield("mitigation api block", { ask });
  expect(declined).toMatchObject({ exit: 1, out: "" });
  expect(declined.err).toContain("warning: services/api would refuse everybody but the allowlist");
  expect((await shield("mitigation api block")).err).toContain("--yes goes on without asking");
  expect((await shield("mitigation api")).out).toMatch(/api +observe +auto/);
  expect((await shield("mitigation api block", { ask })).out).toMatch(/api +block +by hand/);
  expect(questions[0]).toBe("Set it all the same? [y/N] ");
  const forced = await shield("mitigation api challenge --yes");
  expect(forced.out).toMatch(/api +challenge +by hand/);
  expect(forced.out).toContain("warning: services/api would challenge everybody");
});

it("says what a level by hand means, what rests meanwhile, and that nothing else is done about an attack", async () => {
  const set = await shield("mitigation api limit");
  expect(set.err).toBe(
    "warning: services/api would hold each client to 100 req/s, and of its requests none was recorded\n",
  );
  expect(set.out).toContain("\nlimit by hand: each client gets a tenth of the least rate limit");
  expect(set.out).toContain("so do bans of who takes part in one");
  expect((await shield("mitigation --help")).out).toContain("a tenth of the least rate limit");
  world.mitigator.records.push(attack("attack-1", { level: "observe" }));
  await shield("policies add logins rate=5 burst=5 --yes");
  const { out } = await shield("status");
  expect(out).toContain("done      1 policy enforced, 0 only counted; api limit by hand, of all requests\n");
  const overall = await runIn(world, "novacron", ["status"]);
  expect(overall.out).toContain("shield   api limit by hand, of all requests\n");
  expect(out).toContain("for you   nothing but limit by hand is done about attack-1");
});

it("shows what waits for people, and that it does not know where the mitigator is silent", async () => {
  world.mitigator.records.push(attack("attack-1", { level: "observe" }));
  world.mitigator.propose(proposal("p1", "203.0.113.0/24"));
  expect((await shield("status")).out).toContain(
    "for you   proposed bans: 1 (novacron shield proposals); nothing is done about attack-1 (novacron shield attacks attack-1)\n",
  );
  world.mitigator.unreachable = true;
  expect((await shield("status")).out).toContain("for you   not known: the mitigator cannot be reached\n");
});
