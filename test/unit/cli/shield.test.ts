import { beforeEach, expect, it } from "vitest";
import type { Terminal } from "../../../scripts/cli/cli.ts";
import { Interrupted } from "../../../scripts/cli/interrupted.ts";
import { attack, proposal } from "../control/attacks.ts";
import { banIn } from "../control/shield.ts";
import { createWorld, NOW, type World } from "../control/world.ts";
import { person, runIn } from "./terminal.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const shield = (line: string, terminal: Partial<Terminal> = {}) =>
  runIn(world, "novacron", ["shield", ...line.split(" ")], terminal);

const banned = (cidr: string) => banIn(world, cidr);

it("lists attacks, and shows one with its timeline", async () => {
  expect((await shield("attacks")).out).toBe("there is no attack\n");
  world.mitigator.records.push(attack("attack-1"));
  expect((await shield("attacks --state ended")).out).toBe("there is no attack\n");
  expect((await shield("attacks attack-1")).out).toMatchInlineSnapshot(`
    "ATTACK    SERVICE  KIND             STATE    STARTED                   ENDED  PEAK                            LEVEL  HIGHEST  BANS
    attack-1  api      flood, critical  ongoing  2026-11-23T11:59:50.000Z  -      9000/s over 3 s, usually 100/s  limit  limit    1

    SEEN BY      STATE    LAST HEARD                WORST  THEN    EXPECTED
    all traffic  ongoing  2026-11-23T12:00:00.000Z  major  9000/s  100/s

    CHANGED  VALUE  USUALLY  AT THE PEAK  EXCESS THEN
    country  XX     1%       90%          8000/s

    CLIENT       AT THE PEAK  AT MOST BEFORE
    203.0.113.9  4000/s       0/s

    SIGNATURE   LEVEL  LIMIT  COVERS  COLLATERAL
    country=XX  limit  50/s   95%     0.2%, at most 0.6%

    AT                                 WHAT
    2026-11-23T11:59:50.000Z  seen     9,000 req/s where 100 are usual
    2026-11-23T11:59:52.000Z  decided  limit country=XX
    2026-11-23T11:59:52.100Z  done     in force from epoch 3
    "
  `);
  expect(await shield("attacks none")).toMatchObject({ exit: 1, err: expect.stringContaining("404") });
});

it("lists attacks that ended however many go on, and says where it stops", async () => {
  const ended = { state: "over", endedAt: NOW } as const;
  world.mitigator.records.push(attack("attack-4"), attack("attack-3", ended), attack("attack-2", ended));
  const one = await shield("attacks --state ended --limit 1");
  expect(one.out).toContain("attack-3");
  expect(one.out).toMatch(/\n\nthere are older ones: --limit shows up to 500\n$/);
  expect((await shield("attacks --state ended --limit 2")).out).not.toContain("older ones");
  expect(JSON.parse((await shield("attacks --limit 2 --json")).out)).toHaveLength(2);
});

it("lists what people were told", async () => {
  expect((await shield("alerts")).out).toBe("there is no alert\n");
  const about = { service: "api", attack: "attack-1", proposal: null } as const;
  const told = { kind: "attack-started", severity: "critical", ...about, text: "A flood on api has begun." } as const;
  const asked = { kind: "ban-proposed", severity: "warning", ...about, proposal: "p-1", text: "Shall it be?" } as const;
  world.mitigator.told.push({ id: "alert-2", at: NOW, ...asked }, { id: "alert-1", at: NOW - 60_000, ...told });
  expect((await shield("alerts")).out).toMatchInlineSnapshot(`
    "AT                        SEVERITY  KIND            ABOUT     WHAT
    2026-11-23T12:00:00.000Z  warning   ban-proposed    p-1       Shall it be?
    2026-11-23T11:59:00.000Z  critical  attack-started  attack-1  A flood on api has begun.
    "
  `);
  const since = await shield("alerts --since 30s --json");
  expect(JSON.parse(since.out)).toMatchObject([{ id: "alert-2", kind: "ban-proposed" }]);
  expect((await shield("alerts --limit 1")).out).toMatch(/p-1 .*\n\nthere are older ones: --limit shows up to 500\n$/);
  expect((await shield("alerts --limit 0")).exit).toBe(2);
});

it.each([
  ["without an address", "ban", "missing required argument 'cidr'"],
  ["without a reason", "ban 203.0.113.9", "expected --reason <text>"],
  ["for longer than a year", "ban 203.0.113.9 --reason x --ttl 400d", "Expected 1s to 365d."],
])("says what is missing or wrong of a ban %s", async (_, line, detail) => {
  const { exit, err } = await shield(line);
  expect([exit, err]).toEqual([2, expect.stringContaining(detail)]);
});

it("ends quietly, with nothing changed, where who is asked breaks off", async () => {
  world.mitigator.befriend("203.0.113.7");
  const before = await world.state();
  const ask = () => Promise.reject(new Interrupted());
  const { exit, out } = await shield("ban 203.0.113.7 --reason scans", { ask });
  expect([exit, out]).toEqual([130, ""]);
  expect(await world.state()).toBe(before);
});

it("bans, and not oneself by mistake", async () => {
  expect((await shield("ban 203.0.113.9 --reason scans --ttl 15m")).out).toContain("203.0.113.9/32");
  const { ask } = person();
  const refused = await shield("ban 127.0.0.1 --reason oops", { ask });
  expect(refused.exit).toBe(1);
  expect(refused.err).toContain("127.0.0.1 is in 127.0.0.1/32; force does it all the same");
  expect(refused.err).toContain("with --force, if you mean it");
  expect((await shield("ban 127.0.0.1 --reason oops --force")).exit).toBe(0);
  expect((await shield("ban 203.0.113.0/24 --reason wide")).out).toContain("it holds 203.0.113.9/32");
  expect((await runIn(world, "novacron", "blacklist rm 203.0.113.9".split(" "))).out).toBe(
    "203.0.113.9 is off the blacklist\nIt is on the blacklist still, by 203.0.113.0/24.\n",
  );
});

it("says how many good clients a ban holds, and asks before it bans any", async () => {
  world.mitigator.befriend("203.0.113.7", "192.0.2.1");
  const warning = "warning: 203.0.113.7/32 holds 1 of the 2 good clients of the last week\n";
  const { ask, questions } = person("n", "y");
  const declined = await shield("ban 203.0.113.7 --reason scans", { ask });
  expect(declined).toEqual({ exit: 1, out: "", err: `${warning}nothing was changed\n` });
  expect((await shield("ban 203.0.113.7 --reason scans")).err).toContain("--yes goes on without asking");
  expect((await world.call("GET", "/blacklist")).body.items).toEqual([]);
  expect((await shield("ban 203.0.113.7 --reason scans", { ask })).out).toContain("holds 1 of the 2 good clients");
  expect(questions[0]).toBe("Ban 203.0.113.7/32 all the same? [y/N] ");
  expect((await shield("ban 192.0.2.0/24 --reason scans --yes")).out).toContain("192.0.2.0/24 holds 1 of the 2");
  expect((await shield("ban 198.51.100.1 --reason scans")).out).toContain("198.51.100.1/32 holds 0 of the 2");
});

it("bans no network unasked while nobody can say whether it holds good clients, and an address all the same", async () => {
  world.mitigator.unreachable = true;
  const refused = await shield("ban 203.0.113.0/24 --reason scans");
  expect([refused.exit, refused.err]).toMatchObject([1, expect.stringContaining("--yes goes on without asking")]);
  expect((await world.call("GET", "/blacklist")).body.items).toEqual([]);
  const { ask, questions } = person("y");
  expect((await shield("ban 203.0.113.0/24 --reason scans", { ask })).exit).toBe(0);
  expect(questions).toEqual(["Ban 203.0.113.0/24 all the same? [y/N] "]);
  expect((await shield("ban 198.51.100.7 --reason scans")).exit).toBe(0);
});

it("asks before it shortens a ban of the shield, whose offence stays on record", async () => {
  await banned("203.0.113.9/32");
  const warning =
    "warning: 203.0.113.9/32 is banned until 2026-11-23T13:00:00.000Z by the shield (20,000 req/s for 5 s, where shield policy standard allows 10,000 req/s); this would end it sooner, until 2026-11-23T12:00:20.000Z\n";
  const unasked = await shield("ban 203.0.113.9 --reason scans --ttl 20s");
  expect(unasked).toMatchObject({ exit: 1, err: expect.stringContaining(warning) });
  const { ask, questions } = person("y");
  const shortened = await shield("ban 203.0.113.9 --reason scans --ttl 20s", { ask });
  expect(questions).toEqual(["Ban 203.0.113.9/32 all the same? [y/N] "]);
  expect(shortened.out).toMatch(/it takes the place of the shield's ban \S+, until 2026-11-23T13:00:00.000Z: 20,000/);
  expect((await shield("bans")).out).toContain("2026-11-23T12:00:20.000Z");
  world.clock.now += 21_000;
  expect((await shield("bans 203.0.113.9")).out).toContain("The next offence is banned for 2 h.");
});

it("leaves the shield's ban as it is behind one of a person that ends later", async () => {
  await banned("203.0.113.9/32");
  expect((await shield("ban 203.0.113.9 --reason scans --ttl 2h")).err).toBe("");
  expect((await shield("bans")).out).toContain("2026-11-23T13:00:00.000Z");
});

it("says what entry of people a ban replaces, and that it ends sooner", async () => {
  await shield("ban 203.0.113.9 --reason scans --ttl 1h");
  const { err, out } = await shield("ban 203.0.113.9 --reason floods --ttl 10m");
  expect(err).toBe(
    "warning: 203.0.113.9/32 is banned until 2026-11-23T13:00:00.000Z by people (scans); this would end it sooner, until 2026-11-23T12:10:00.000Z\n",
  );
  expect(out).toContain("it takes the place of an entry that was there, until 2026-11-23T13:00:00.000Z: scans\n");
  expect((await shield("ban 203.0.113.9 --reason floods --ttl 1h")).err).toBe("");
});

it.each([
  ["a wide network", "91.0.0.0/8", 1],
  ["a wide v6 network", "2001:db8::/31", 1],
  ["one that is not so wide", "91.0.0.0/16", 0],
])("bans %s while no good clients are known: %s", async (_, cidr, exit) => {
  const refused = await shield(`ban ${cidr} --reason scans`);
  expect(refused.exit).toBe(exit);
  if (exit === 1) expect(refused.err).toContain(`${cidr} is wide, and no good clients are known yet`);
  expect((await shield(`ban ${cidr} --reason scans --yes`)).exit).toBe(0);
});

it("warns of a ban that the allowlist lets in all the same", async () => {
  await runIn(world, "novacron", "allowlist add 203.0.113.0/24 --reason ours".split(" "));
  const { exit, err } = await shield("ban 203.0.113.9 --reason scans");
  expect(exit).toBe(0);
  expect(err).toContain("warning: the allowlist lets 203.0.113.9/32 in all the same, by 203.0.113.0/24");
});

it("bans a verified bot with force alone, and names it", async () => {
  const bots = (line: string) => runIn(world, "novacron", ["bots", ...line.split(" ")]);
  expect((await bots("add 203.0.113.0/24 --reason published")).err).toContain("expected --name <bot>");
  const added = await bots("add 203.0.113.0/24 --name Googlebot --reason published");
  expect([added.exit, added.err]).toEqual([0, ""]);
  expect((await bots("ls")).out).toMatch(/^CIDR +BOT +CREATED .*\n203\.0\.113\.0\/24 +Googlebot +2026/);
  const refused = await shield("ban 203.0.113.9 --reason scans --yes");
  expect([refused.exit, refused.err]).toEqual([
    1,
    expect.stringContaining("203.0.113.0/24 is of Googlebot, a verified bot"),
  ]);
  expect((await shield("ban 203.0.113.9 --reason scans --force")).exit).toBe(0);
  expect((await shield("bans 203.0.113.9")).out).toContain("bot      Googlebot, a verified bot, by 203.0.113.0/24");
  const again = await bots("add 203.0.113.0/25 --name Googlebot --reason published");
  expect(again.out).toContain("warning: 203.0.113.0/25 of Googlebot is banned by 203.0.113.9/32 (scans)");
  expect((await bots("rm 203.0.113.0/24")).out).toContain("203.0.113.0/24 is off the list of verified bots");
  expect((await bots("add --help")).out).toContain("never banned by the shield");
});

it("takes a v6 address alone for its /64, and says so", async () => {
  const meant =
    "2001:db8:1:2::9 is meant with all of 2001:db8:1:2::/64, which is one client; 2001:db8:1:2::9/128 is that address alone\n";
  const banned = await shield("ban 2001:db8:1:2::9 --reason scans");
  expect(banned.out).toContain("2001:db8:1:2::/64  2026");
  expect(banned.out).toContain(meant);
  expect((await shield("bans 2001:db8:1:2::7")).out).toContain("network  2001:db8:1:2::/64");
  expect((await shield("unban 2001:db8:1:2::7 --yes")).out).toContain("2001:db8:1:2::/64 is off the blacklist");
  const alone = await shield("ban 2001:db8:1:2::9/128 --reason scans");
  expect(alone.out).toContain("2001:db8:1:2::9/128  2026");
  expect(alone.out).not.toContain("is meant with");
  const removed = await runIn(world, "novacron", "blacklist rm 2001:db8:1:2::9".split(" "));
  expect(removed.err).toContain("2001:db8:1:2::/64 is not on the blacklist");
});

it("finds the bans of people from the shield's, and tells all of one network", async () => {
  await banned("203.0.113.9/32");
  await shield("ban 198.51.100.1 --reason scans");
  expect((await shield("bans")).out).toContain("\npeople ban 1 more: novacron blacklist ls\n");
  expect((await runIn(world, "novacron", ["blacklist", "list"])).out).toContain("198.51.100.1/32");
  expect((await shield("bans 198.51.100.1")).out).toMatchInlineSnapshot(`
    "network  198.51.100.1/32
    reason   scans
    by       people
    expires  2026-11-23T13:00:00.000Z
    If it is lifted, it is served again within 2 s.
    People made this entry: nothing puts it back by itself, and new offences are judged as before.
    "
  `);
  const json = JSON.parse((await shield("bans 203.0.113.9 --json")).out);
  expect(json.ifLifted).toEqual([
    "If it is lifted, it is served again within 2 s.",
    "If it is lifted now, the next offence is banned for 1 h; if it runs its time, for 2 h. What it is banned for now is then no evidence any more.",
    "If it still breaks shield policy standard, it gets through for 5 s at least before it can be banned again.",
  ]);
  await shield("unban 203.0.113.9 --yes");
  expect((await shield("bans 203.0.113.9")).out).toMatchInlineSnapshot(`
    "network  203.0.113.9/32
    ban      was offence 1, decided 2026-11-23T12:00:00.000Z by shield, lifted 2026-11-23T12:00:00.000Z: 20,000 req/s for 5 s, where shield policy standard allows 10,000 req/s
    203.0.113.9/32 itself is not banned.
    The next offence is banned for 1 h.
    "
  `);
});

it("rounds what people read, and nothing else", async () => {
  const evidence = {
    kind: "breach",
    limit: "standard",
    since: NOW - 5049,
    at: NOW,
    seconds: 5.0489,
    offered: 20_123.456,
    allowed: 10_000,
  } as const;
  const { id, reason, expiresAt } = world.mitigator.decide("203.0.113.9/32", evidence);
  const patch = { blacklist: { "203.0.113.9/32": { reason, createdAt: NOW, expiresAt, ban: id } } };
  await world.table.apply(patch, { actor: { principal: "shield", requestId: "b" }, summary: "ban", ifEpoch: null });
  const show = (...more: string[]) => runIn(world, "novacron", ["blacklist", "show", "203.0.113.9", ...more]);
  expect((await show()).out).toMatch(/seconds: 5\.05\n +offered: 20123\n/);
  expect(JSON.parse((await show("--json")).out).evidence.evidence).toMatchObject({
    seconds: 5.0489,
    offered: 20_123.456,
  });
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
    reason   20,000 req/s for 5 s, where shield policy standard allows 10,000 req/s
    by       shield
    expires  2026-11-23T13:00:00.000Z
    ban      offence 1 on its record, decided 2026-11-23T12:00:00.000Z by shield
    If it is lifted, it is served again within 2 s.
    If it is lifted now, the next offence is banned for 1 h; if it runs its time, for 2 h. What it is banned for now is then no evidence any more.
    If it still breaks shield policy standard, it gets through for 5 s at least before it can be banned again.
    nothing was changed
    "
  `);
  expect(declined.err).toContain("nothing was changed");
  const lifted = await shield("unban 203.0.113.9", { ask });
  expect(lifted.out).toMatchInlineSnapshot(`
    "203.0.113.9/32 is off the blacklist
    The shield's ban is lifted, and its evidence counts no more.
    The next offence is banned for 1 h.
    If it still breaks shield policy standard, it gets through for 5 s at least before it can be banned again.
    to keep it free whatever it does: novacron allowlist add 203.0.113.9/32 --reason TEXT
    "
  `);
  expect((await shield("unban 203.0.113.9 --yes")).err).toContain("itself is not on the blacklist");
  expect((await shield("unban 203.0.113.10 --yes")).err).toContain("nothing is known of 203.0.113.10/32");
});

it("names what holds an address that has no entry of its own, and what lies in a network", async () => {
  const show = async (cidr: string) => (await runIn(world, "novacron", ["blacklist", "show", cidr])).err;
  await shield("ban 203.0.113.91 --reason scans");
  expect((await shield("bans 203.0.113.0/24")).out).toContain("In it are banned, and stay so: 203.0.113.91/32.\n");
  expect(await show("203.0.113.0/24")).toContain(
    "203.0.113.0/24 is not on the blacklist; in it are 203.0.113.91/32 (404",
  );
  await shield("ban 203.0.113.92 --reason scans");
  expect(await show("203.0.113.0/24")).toContain("; in it are 203.0.113.91/32 and 1 more (404");
  await shield("ban 198.51.100.0/24 --reason scans --yes");
  expect(await show("198.51.100.7")).toContain(
    "198.51.100.7/32 is not on the blacklist, but 198.51.100.0/24, which holds it, is (404",
  );
  expect((await shield("bans 198.51.100.7")).out).toContain("It is on the blacklist still, by 198.51.100.0/24.");
});

it("marks the bans that the allowlist makes void, and names the way there", async () => {
  await banned("203.0.113.9/32");
  const { out } = await shield("bans");
  expect(out).toMatch(/^203\.0\.113\.9\/32 +in-force /m);
  expect(out).toContain("\nwho must never be banned: novacron allowlist add CIDR --reason TEXT\n");
  await runIn(world, "novacron", "allowlist add 203.0.113.0/24 --reason ours".split(" "));
  expect((await shield("bans")).out).toContain("of no effect: 203.0.113.0/24 is allowlisted");
});

it("takes a ban of the shield off the blacklist as unban does, and an entry of people unasked", async () => {
  await banned("203.0.113.9/32");
  const blacklist = (line: string, terminal: Partial<Terminal> = {}) =>
    runIn(world, "novacron", ["blacklist", ...line.split(" ")], terminal);
  const refused = await blacklist("rm 203.0.113.9");
  expect([refused.exit, refused.err]).toEqual([
    1,
    expect.stringMatching(/offence 1 on its record[\s\S]*--yes goes on/),
  ]);
  expect((await blacklist("ls")).out).toContain("203.0.113.9/32");
  const { ask, questions } = person("y");
  expect((await blacklist("rm 203.0.113.9", { ask })).out).toContain("203.0.113.9 is off the blacklist\n");
  expect(questions).toEqual(["Take 203.0.113.9/32 off the blacklist? [y/N] "]);
  await banned("203.0.113.9/32");
  world.mitigator.unreachable = true;
  const silent = await blacklist("rm 203.0.113.9");
  expect([silent.exit, silent.err]).toEqual([1, expect.stringContaining("the shield has banned it: 20,000 req/s")]);
  world.mitigator.unreachable = false;
  expect((await blacklist("rm 203.0.113.9 --yes")).exit).toBe(0);
  await blacklist("add 203.0.113.10 --reason ours");
  expect(await blacklist("rm 203.0.113.10")).toMatchObject({ exit: 0, err: "" });
});

it("asks for nothing where nobody is", async () => {
  await banned("203.0.113.9/32");
  const again =
    "If it still breaks shield policy standard, it gets through for 5 s at least before it can be banned again.";
  const refused = await shield("unban 203.0.113.9");
  expect([refused.exit, refused.err]).toMatchObject([1, expect.stringContaining("--yes goes on without asking")]);
  const { exit, out } = await shield("unban 203.0.113.9 --yes --json");
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    removed: "203.0.113.9/32",
    banned: {
      ifLifted: ["If it is lifted, it is served again within 2 s.", expect.stringContaining("banned for 1 h"), again],
    },
    notes: [
      "The shield's ban is lifted, and its evidence counts no more.",
      "The next offence is banned for 1 h.",
      again,
    ],
  });
});

it("answers proposals", async () => {
  world.mitigator.propose(proposal("p2", "198.51.100.0/24"));
  world.mitigator.propose(proposal("p1", "203.0.113.0/24"));
  expect((await shield("proposals")).out).toContain("203.0.113.0/24");
  expect((await shield("proposals --confirm p1 --yes")).out).toBe(
    "203.0.113.0/24 is banned until 2026-11-23T13:00:00.000Z\n",
  );
  expect((await shield("proposals --dismiss p2")).out).toBe("198.51.100.0/24 is not banned\n");
  expect((await shield("proposals --dismiss p2")).exit).toBe(1);
  expect((await shield("proposals")).out).toContain("dismissed: admin dismissed it");
  expect((await shield("proposals --force")).exit).toBe(2);
  expect((await shield("proposals --yes")).exit).toBe(2);
});

it("confirms no proposal without a word on whom it meets, and says when its attack is over", async () => {
  const evidence = {
    kind: "attack" as const,
    attack: "attack-1",
    service: "api",
    since: NOW,
    at: NOW,
    perSecond: 4000,
    usualPerSecond: 0,
    shareOfExcess: 0.9,
    clients: 200,
  };
  world.mitigator.propose({ ...proposal("p1", "203.0.113.0/24"), evidence });
  world.mitigator.records.push(attack("attack-1"));
  const refused = await shield("proposals --confirm p1");
  expect([refused.exit, refused.err]).toEqual([
    1,
    expect.stringContaining("warning: 203.0.113.0/24: it would touch 3"),
  ]);
  expect(refused.err).toContain("--yes goes on without asking");
  world.mitigator.befriend("203.0.113.7");
  const known = await shield("proposals --confirm p1");
  expect(known.err).toMatch(/^warning: 203\.0\.113\.0\/24 holds 1 of the 1 good clients of the last week\nnothing/);
  expect((await shield("proposals")).out).toMatch(/ open +2026/);
  world.mitigator.records[0] = attack("attack-1", { state: "over" });
  expect((await shield("proposals")).out).toMatch(/ open, its attack is over +2026/);
  const { ask, questions } = person("y");
  expect((await shield("proposals --confirm p1", { ask })).out).toContain("203.0.113.0/24 is banned until");
  expect(questions).toEqual(["Ban 203.0.113.0/24 all the same, though its attack is over? [y/N] "]);
});

it("shows where the middle of a long attack is left out", async () => {
  const { timeline } = attack("attack-1");
  world.mitigator.records.push(attack("attack-1", { timeline: timeline.slice(0, 2), leftOut: 7 }));
  const lines = (await shield("attacks attack-1")).out.split("\n");
  expect(lines.slice(-4, -1)).toEqual([
    "2026-11-23T11:59:50.000Z  seen     9,000 req/s where 100 are usual",
    "                                   7 more events, which are not kept",
    "2026-11-23T11:59:52.000Z  decided  limit country=XX",
  ]);
});

it("shows what is done about each signature of an attack, and not what would be", async () => {
  const [first] = attack("attack-2").signatures;
  if (!first) throw new Error("it has no signature");
  const proposed = { ...first, match: { prefix: "203.0.113.0/24" }, level: "challenge", origin: "proposal" } as const;
  world.mitigator.records.push(attack("attack-2", { level: "block", signatures: [proposed, first] }));
  world.mitigator.records.push(attack("attack-1", { level: "observe", signatures: [proposed] }));
  const signatures = async (id: string) =>
    (await shield(`attacks ${id}`)).out
      .match(/^(?:SIGNATURE|prefix=|country=)\S* +\S+/gm)
      ?.map((line) => line.split(/ +/));
  expect(await signatures("attack-2")).toEqual([
    ["SIGNATURE", "LEVEL"],
    ["prefix=203.0.113.0/24", "challenge"],
    ["country=XX", "block"],
  ]);
  expect((await signatures("attack-1"))?.[1]?.[1]).toBe("observe");
});

it("names the regions whose figures a peak has, and shows what covered an attack best when it stands no more", async () => {
  const { peak, signatures } = attack("attack-1");
  const best = { perSecond: 8000, signatures };
  const ofRegion = { ...peak, actual: 9.67, expected: 0.00009, regions: ["eu-west-1"] };
  world.mitigator.records.push(
    attack("attack-1", { peak: ofRegion, state: "over", level: "observe", mostLevel: "block", signatures: [], best }),
  );
  const { out } = await shield("attacks attack-1");
  expect(out).toMatch(/9\.67\/s over 3 s in eu-west-1, usually 0\/s +observe +block/);
  expect(out).toMatch(/^country=XX +none any more +50\/s +95%/m);
});
