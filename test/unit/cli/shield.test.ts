import { beforeEach, expect, it } from "vitest";
import type { Terminal } from "../../../scripts/cli/cli.ts";
import { attack, breach, proposal } from "../control/attacks.ts";
import { createWorld, NOW, type World } from "../control/world.ts";
import { runIn } from "./terminal.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const shield = (line: string, terminal: Partial<Terminal> = {}) =>
  runIn(world, "novacron", ["shield", ...line.split(" ")], terminal);

async function banned(cidr: string): Promise<void> {
  const { id, reason, expiresAt } = world.mitigator.decide(cidr, breach);
  const patch = { blacklist: { [cidr]: { reason, createdAt: NOW, expiresAt, ban: id } } };
  const actor = { principal: "shield", requestId: "ban" };
  await world.table.apply(patch, { actor, summary: "ban", ifEpoch: null });
}

it("shows how the shield stands", async () => {
  world.mitigator.records.push(attack("attack-1"));
  const { exit, out } = await shield("status");
  expect(exit).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "services   1 with something done or under attack, 0 observed
    policies   0 enforced, 0 only counted
    blacklist  0 by the shield, 0 by people
    attacks    1 open
    bans       0 standing (0 addresses, 0 networks)
    clients    0 good ones known, bans touch 0, at most 0
    detector   has seen no traffic

    SERVICE  LEVEL    SET                  AUTOMATIC
    api      observe  auto, at most block  -

    ATTACK    SERVICE  KIND             STATE    STARTED                   ENDED  PEAK         LEVEL  BANS
    attack-1  api      flood, critical  ongoing  2026-11-23T11:59:50.000Z  -      9000 of 100  limit  1
    "
  `);
  const json = await shield("status --json");
  expect(JSON.parse(json.out)).toMatchObject({ services: [{ service: "api" }] });
});

it("shows it again and again", async () => {
  let times = 0;
  const { out } = await shield("status --watch 1", { pause: async () => ++times < 3 });
  expect(out.match(/services {3}/g)).toHaveLength(4);
});

it("lists attacks, and shows one with its timeline", async () => {
  expect((await shield("attacks")).out).toBe("there is no attack\n");
  world.mitigator.records.push(attack("attack-1"));
  expect((await shield("attacks --state ended")).out).toBe("there is no attack\n");
  expect((await shield("attacks attack-1")).out).toMatchInlineSnapshot(`
    "ATTACK    SERVICE  KIND             STATE    STARTED                   ENDED  PEAK         LEVEL  BANS
    attack-1  api      flood, critical  ongoing  2026-11-23T11:59:50.000Z  -      9000 of 100  limit  1

    CHANGED  VALUE  USUALLY  NOW  EXCESS
    country  XX     1%       90%  8000/s

    CLIENT       RATE    USUALLY
    203.0.113.9  4000/s  0/s

    SIGNATURE   LIMIT  COVERS  COLLATERAL
    country=XX  50/s   95%     0.2%, at most 0.6%

    AT                                 WHAT
    2026-11-23T11:59:50.000Z  seen     9,000 req/s where 100 are usual
    2026-11-23T11:59:52.000Z  decided  limit country=XX
    2026-11-23T11:59:52.100Z  done     in force from epoch 3
    "
  `);
  expect(await shield("attacks none")).toMatchObject({ exit: 1, err: expect.stringContaining("404") });
});

it("edits policies, and warns of them", async () => {
  world.demand.push({ colo: "FRA", country: "DE", service: "api", requests: 1000 });
  const added = await shield("policies add logins pathPrefix=/login rate=5 periodSeconds=60 burst=5");
  expect(added.exit).toBe(0);
  expect(added.out).toContain("pathPrefix: /login");
  expect(added.out).toContain("warning: there was traffic in the last hour, and none of it was recorded");
  expect((await shield("policies set logins shadow=true")).out).toContain("shadow: true");
  expect((await shield("policies list")).out).toMatchInlineSnapshot(`
    "POLICY  SERVICES  PATH    METHODS  KEY             RATE   BURST  ACTION
    logins  all       /login  any      client-address  5/60s  5      block (shadow)
    "
  `);
  expect((await shield("policies show logins")).out).toContain("burst: 5");
  expect((await shield("policies remove logins")).out).toBe("limits/logins is gone\n");
  expect((await shield("policies")).out).toBe("there are no limits\n");
});

it("tries a policy on recorded requests", async () => {
  expect((await shield("policies dry-run")).exit).toBe(2);
  expect((await shield("policies dry-run --id none")).err).toContain("404");
  const readInput = async () => "rate: 1\nburst: 1\n";
  const { exit, out } = await shield("policies dry-run --file -", { readInput });
  expect(exit).toBe(0);
  expect(out).toContain("no request was recorded in the last hour");
});

it("bans, and not oneself by mistake", async () => {
  expect((await shield("ban 203.0.113.9 --reason scans --ttl 15m")).out).toContain("203.0.113.9/32");
  const refused = await shield("ban 127.0.0.1 --reason oops");
  expect(refused.exit).toBe(1);
  expect(refused.err).toContain("127.0.0.1 is in 127.0.0.1/32; force does it all the same");
  expect(refused.err).toContain("with --force, if you mean it");
  expect((await shield("ban 127.0.0.1 --reason oops --force")).exit).toBe(0);
  expect((await shield("ban 203.0.113.0/24 --reason wide")).out).toContain("it holds 203.0.113.9/32");
  expect((await runIn(world, "novacron", "blacklist rm 203.0.113.9".split(" "))).out).toBe(
    "203.0.113.9 is off the blacklist\nIt is on the blacklist still, by 203.0.113.0/24.\n",
  );
});

it("says what will happen next before it lifts a ban", async () => {
  await banned("203.0.113.9/32");
  expect((await shield("bans")).out).toContain("203.0.113.9/32");
  const questions: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    return questions.length === 1 ? "n" : "y";
  };
  const declined = await shield("unban 203.0.113.9", { ask });
  expect([declined.exit, questions]).toEqual([1, ["Take 203.0.113.9/32 off the blacklist? [y/N] "]]);
  expect(declined.err).toMatchInlineSnapshot(`
    "network  203.0.113.9/32
    reason   20,000 req/s for 5 s, where limit standard allows 10,000 req/s
    by       shield
    expires  2026-11-23T13:00:00.000Z
    offence  1 on its record, decided 2026-11-23T12:00:00.000Z by shield
    It is served again within 2 s.
    If it is lifted now, the next offence is banned for 1 h; if it runs its time, for 2 h. What it is banned for now is then no evidence any more.
    nothing was changed
    "
  `);
  expect(declined.err).toContain("nothing was changed");
  const lifted = await shield("unban 203.0.113.9", { ask });
  expect(lifted.out).toMatchInlineSnapshot(`
    "203.0.113.9/32 is off the blacklist
    The shield's ban is lifted, and its evidence counts no more.
    The next offence is banned for 1 h.
    "
  `);
  expect((await shield("unban 203.0.113.9 --yes")).err).toContain("itself is not on the blacklist");
  expect((await shield("unban 203.0.113.10 --yes")).err).toContain("nothing is known of 203.0.113.10/32");
});

it("asks for nothing where nobody is", async () => {
  await banned("203.0.113.9/32");
  expect((await shield("unban 203.0.113.9")).err).toContain("(or --yes)");
  const { exit, out } = await shield("unban 203.0.113.9 --yes --json");
  expect([exit, JSON.parse(out).removed]).toEqual([0, "203.0.113.9/32"]);
});

it("answers proposals", async () => {
  world.mitigator.proposed.push(proposal("p2", "198.51.100.0/24"), proposal("p1", "203.0.113.0/24"));
  expect((await shield("proposals")).out).toContain("203.0.113.0/24");
  expect((await shield("proposals --confirm p1")).out).toBe(
    "203.0.113.0/24 is banned until 2026-11-23T13:00:00.000Z\n",
  );
  expect((await shield("proposals --dismiss p2")).out).toBe("198.51.100.0/24 is not banned\n");
  expect((await shield("proposals --dismiss p2")).exit).toBe(1);
});

it("shows and sets what is done about attacks", async () => {
  expect((await shield("mitigation")).out).toMatchInlineSnapshot(`
    "SERVICE  LEVEL    SET                  CHALLENGE      AUTOMATIC
    api      observe  auto, at most block  proof-of-work  -
    "
  `);
  expect((await shield("mitigation api challenge")).out).toMatch(/api +challenge +by hand/);
  expect((await shield("mitigation api auto --most limit")).out).toMatch(/api +observe +auto, at most limit/);
  expect((await shield("mitigation api")).out).toMatch(/at most limit/);
  expect((await shield("mitigation api nuke")).exit).toBe(2);
});
