import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Defence } from "../../../src/table/defence.ts";
import { addressRuleDetailSchema } from "../../../workers/control/schema/address-rule.ts";
import { bannedReplySchema } from "../../../workers/control/schema/ban.ts";
import { mitigationReplySchema } from "../../../workers/control/schema/mitigation.ts";
import { attack, proposal } from "./attacks.ts";
import { banIn, defendBy } from "./shield.ts";
import { createWorld, NOW, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const banned = (cidr: string) => banIn(world, cidr);
const defend = (level: Defence["level"]) => defendBy(world, level);

describe("the mitigation of a service", () => {
  it("shows the automatic defence beside what is set, at most what is allowed", async () => {
    await defend("block");
    await world.call("PATCH", "/shield/mitigation/api", { body: { most: "challenge" } });
    const { body } = await world.call("GET", "/shield/mitigation/api");
    expect(mitigationReplySchema.parse(body)).toMatchObject({
      mode: "auto",
      most: "challenge",
      level: "challenge",
      automatic: { level: "block", since: "2026-11-23T12:00:00.000Z", signatures: [{ perSecond: 10 }] },
    });
    expect((await world.call("GET", "/shield/mitigation")).body.items).toEqual([body]);
  });

  it("is warned of where an attack would be met by less, and set all the same", async () => {
    await defend("block");
    const milder = await world.call("PATCH", "/shield/mitigation/api", { body: { most: "limit" } });
    expect(milder.body).toMatchObject({ level: "limit", warnings: [{ code: "lets-attack-through" }] });
    expect(milder.body.warnings[0].detail).toContain("which is met by block, and would be by limit");
    const sharper = await world.call("PATCH", "/shield/mitigation/api", { body: { most: "block" } });
    expect(sharper.body.warnings).toBeUndefined();
    const none = await world.call("PATCH", "/shield/mitigation/api", { body: { mode: "observe" } });
    expect(none.body.warnings).toMatchObject([{ code: "lets-attack-through" }]);
  });

  it("is warned of where it asks for a challenge that cannot be verified here", async () => {
    const mitigation = { challenge: { kind: "turnstile", siteKey: "0x4" } };
    const expected = [{ code: "turnstile-unverifiable", path: "/services/api/mitigation/challenge" }];
    const plan = { body: { services: { api: { mitigation } } } };
    expect((await world.call("POST", "/table/plan", plan)).body.warnings).toMatchObject(expected);
    const written = await world.call("PATCH", "/shield/mitigation/api", { body: mitigation });
    expect([written.status, written.body.warnings]).toMatchObject([200, expected]);
    const able = await createWorld({ canVerifyTurnstile: true });
    expect((await able.call("POST", "/table/plan", plan)).body.warnings).toEqual([]);
  });

  it("is warned of where an attack is limited by what it looks like, and would be by client alone", async () => {
    await defend("limit");
    const blunted = await world.call("PATCH", "/shield/mitigation/api", { body: { mode: "limit" } });
    expect(blunted.body.warnings).toMatchObject([{ code: "limits-nobody" }, { code: "lets-attack-through" }]);
    const again = await world.call("PATCH", "/shield/mitigation/api", { body: { mode: "auto", most: "limit" } });
    expect(again.body.warnings).toBeUndefined();
  });

  it("is set by hand, in the table's history, and rolled back", async () => {
    const set = await world.call("PUT", "/shield/mitigation/api", { body: { mode: "block", clearanceSeconds: 60 } });
    expect([set.status, set.body.level, set.headers.get("ETag")]).toEqual([200, "block", '"2"']);
    const left = await world.call("PATCH", "/shield/mitigation/api", { body: { mode: "auto" } });
    expect(left.body).toMatchObject({ mode: "auto", level: "observe", clearanceSeconds: 60 });
    const whole = await world.call("PUT", "/shield/mitigation/api", { body: {} });
    expect(whole.body.clearanceSeconds).toBe(1800);
    const history = await world.call("GET", "/table/history?limit=1");
    expect(history.body.items[0]).toMatchObject({ summary: "mitigation of services/api", principal: "admin" });
    await world.call("POST", "/table/rollback", { body: { epoch: 2, reason: "a slip" } });
    expect((await world.call("GET", "/services/api")).body.mitigation).toMatchObject({ mode: "block" });
  });

  it.each<[string, string, object, number, string]>([
    ["a service that is not there", "/shield/mitigation/none", { mode: "auto" }, 404, "absent"],
    ["a level that there is not", "/shield/mitigation/api", { mode: "nuke" }, 422, "objections"],
    ["an unknown field", "/shield/mitigation/api", { level: "block" }, 422, "objections"],
  ])("refuses %s", async (_name, path, body, status, kind) => {
    const before = await world.state();
    const reply = await world.call("PATCH", path, { body });
    expect(reply).toMatchObject({ status, body: { type: `/problems/${kind}` } });
    if (kind === "objections") expect(reply.body.errors[0].path).toMatch(/^\/(mode|level)?$/);
    expect(await world.state()).toBe(before);
  });

  it("is an operator's matter, bound to an epoch where that is asked for", async () => {
    const token = await world.admit({ name: "ann", roles: ["operator"], secondFactorAgeMs: 0 });
    const viewer = await world.admit({ name: "vic", roles: ["viewer"], secondFactorAgeMs: 0 });
    const body = { mode: "challenge" };
    const stale = { body, token, headers: { "If-Match": '"9"' } };
    expect((await world.call("PATCH", "/shield/mitigation/api", stale)).status).toBe(412);
    expect((await world.call("PATCH", "/shield/mitigation/api", { body, token: viewer })).status).toBe(403);
    expect((await world.call("PATCH", "/shield/mitigation/api", { body, token })).status).toBe(200);
  });
});

describe("a ban of the shield", () => {
  it("shows its evidence on the blacklist, and in its list", async () => {
    const id = await banned("203.0.113.9/32");
    const entry = await world.call("GET", "/blacklist/203.0.113.9");
    expect(addressRuleDetailSchema.parse(entry.body)).toMatchObject({
      ban: id,
      evidence: { offence: 1, by: "shield", evidence: { kind: "breach", limit: "standard", offered: 20_000 } },
    });
    const list = await world.call("GET", "/shield/bans");
    expect(list.body.items).toMatchObject([{ id, cidr: "203.0.113.9/32", state: "in-force" }]);
    world.mitigator.unreachable = true;
    expect((await world.call("GET", "/blacklist/203.0.113.9")).body.evidence).toBeNull();
  });

  it("is explained before it is lifted, and lifted with what follows", async () => {
    const ban = await banned("203.0.113.9/32");
    const known = await world.call("GET", "/shield/bans/203.0.113.9");
    expect(bannedReplySchema.parse(known.body)).toMatchObject({
      cidr: "203.0.113.9/32",
      madeBy: "shield",
      standing: { offences: 1, nextSeconds: 7200, nextSecondsIfLifted: 3600 },
      ban: { offence: 1 },
    });
    expect(known.body.ifLifted).toEqual([
      "If it is lifted, it is served again within 2 s.",
      "If it is lifted now, the next offence is banned for 1 h; if it runs its time, for 2 h. What it is banned for now is then no evidence any more.",
      "If it still breaks shield policy standard, it gets through for 5 s at least before it can be banned again.",
    ]);
    const removed = await world.call("DELETE", "/blacklist/203.0.113.9");
    expect(removed).toMatchObject({ status: 200, body: { lifted: ban, coveredBy: [] } });
    expect(removed.body.notes[1]).toBe("The next offence is banned for 1 h.");
    expect((await world.call("GET", "/shield/bans?state=all")).body.items).toMatchObject([
      { state: "lifted", stateDetail: "admin" },
    ]);
    expect((await world.call("GET", "/shield/bans/203.0.113.9")).body).toMatchObject({
      entry: null,
      ifLifted: ["203.0.113.9/32 itself is not banned.", "The next offence is banned for 1 h."],
    });
  });

  it("of an attack says how long it takes at least until the next, and that the attack goes on", async () => {
    world.mitigator.records.push(attack("attack-1"));
    const evidence = { kind: "attack", attack: "attack-1", service: "api", since: NOW - 5000, at: NOW } as const;
    const rates = { perSecond: 4000, usualPerSecond: 0, shareOfExcess: 0.5, clients: 1 };
    world.mitigator.decide("203.0.113.9/32", { ...evidence, ...rates });
    const { body } = await world.call("GET", "/shield/bans/203.0.113.9");
    expect(body.ifLifted.slice(2)).toEqual([
      "If it still takes part in an attack, it gets through for 1 min at least before it can be banned again.",
      "Attack attack-1, of which it was a part, still goes on.",
    ]);
    world.mitigator.records.length = 0;
    const over = await world.call("GET", "/shield/bans/203.0.113.9");
    expect(over.body.ifLifted).toHaveLength(3);
  });

  it("goes from the blacklist even if the shield cannot be told, which is said", async () => {
    await banned("203.0.113.9/32");
    world.mitigator.unreachable = true;
    const removed = await world.call("DELETE", "/blacklist/203.0.113.9");
    expect([removed.status, removed.body.lifted]).toEqual([200, null]);
    expect(removed.body.notes[0]).toContain("could not be told");
    expect((await world.call("GET", "/blacklist/203.0.113.9")).status).toBe(404);
  });

  it("of which nothing is known is absent, and what is no network is told so", async () => {
    expect((await world.call("GET", "/shield/bans/203.0.113.9")).status).toBe(404);
    expect((await world.call("GET", "/shield/bans/mars")).status).toBe(422);
  });

  it("is told from an entry of people", async () => {
    await world.call("POST", "/blacklist", { body: { cidr: "203.0.113.0/24", reason: "ours" } });
    const { body } = await world.call("GET", "/shield/bans/203.0.113.0%2F24");
    expect(body).toMatchObject({ madeBy: "people", entry: { reason: "ours" }, ban: null, standing: { offences: 0 } });
    expect(body.ifLifted[1]).toContain("nothing puts it back");
    const within = await world.call("GET", "/shield/bans/203.0.113.9");
    expect(within.body).toMatchObject({ entry: null, coveredBy: ["203.0.113.0/24"] });
  });

  it("that people renew is theirs", async () => {
    const id = await banned("203.0.113.9/32");
    const renewed = await world.call("POST", "/blacklist", { body: { cidr: "203.0.113.9", reason: "ours" } });
    expect(renewed).toMatchObject({ status: 200, body: { replaced: id, reason: "ours" } });
    const { body } = await world.call("GET", "/blacklist/203.0.113.9");
    expect([body.ban, body.evidence]).toEqual([undefined, undefined]);
  });

  it("is neither lost nor brought back by a rollback", async () => {
    await banned("203.0.113.1/32");
    await banned("203.0.113.2/32");
    await world.call("DELETE", "/blacklist/203.0.113.1");
    await world.call("POST", "/blacklist", { body: { cidr: "203.0.113.3", reason: "by hand" } });
    const { status } = await world.call("POST", "/table/rollback", { body: { epoch: 2, reason: "a slip" } });
    expect(status).toBe(200);
    const { body } = await world.call("GET", "/blacklist");
    expect(body.items.map(({ cidr }: { cidr: string }) => cidr)).toEqual(["203.0.113.2/32"]);
  });
});

describe("a ban that one may not mean", () => {
  const home = { "CF-Connecting-IP": "198.51.100.7" };
  const add = (cidr: string, headers: Record<string, string> = home, force?: boolean) =>
    world.call("POST", "/blacklist", { body: { cidr, reason: "r", ...(force ? { force } : {}) }, headers });

  it.each([
    ["one's own address", "198.51.100.7", home, "own-address"],
    ["one's own network", "198.51.100.0/24", home, "own-address"],
    ["one's own address, v4-mapped", "::ffff:198.51.100.7", home, "own-address"],
    ["one's own v6 network", "2001:db8::/32", { "CF-Connecting-IP": "2001:db8::1" }, "own-address"],
    ["everything", "0.0.0.0/0", home, "too-wide"],
    ["all of v6", "::/0", home, "too-wide"],
    ["half of v4", "128.0.0.0/1", home, "too-wide"],
    ["a very wide v6 network", "2000::/15", home, "too-wide"],
  ])("%s needs force", async (_name, cidr, headers, kind) => {
    const before = await world.state();
    const refused = await add(cidr, headers);
    expect(refused).toMatchObject({ status: 409, body: { type: `/problems/${kind}` } });
    expect(await world.state()).toBe(before);
    expect((await add(cidr, headers, true)).status).toBe(201);
  });

  it.each([
    ["a neighbour", "198.51.100.8", home],
    ["a /8 of others", "10.0.0.0/8", home],
    ["a v6 network of others", "2001:db8::/32", { "CF-Connecting-IP": "2001:db9::1" }],
    ["a v4 network, to a v6 caller", "198.51.0.0/16", { "CF-Connecting-IP": "2001:db8::1" }],
  ])("%s does not", async (_name, cidr, headers) => {
    expect((await add(cidr, headers)).status).toBe(201);
  });

  it("is warned of by a plan of the table, and applied with force alone", async () => {
    const rule = { reason: "r", createdAt: NOW, expiresAt: null };
    const body = { blacklist: { "198.51.100.0/24": rule, "::/0": rule, "203.0.113.9/32": rule } };
    const planned = await world.call("POST", "/table/plan", { body, headers: home });
    expect(planned.body).toMatchObject({
      objections: [],
      warnings: [
        { code: "own-address", path: "/blacklist/198.51.100.0~124" },
        { code: "too-wide", path: "/blacklist/::~10" },
      ],
    });
    const before = await world.state();
    const applied = (path: string) => world.call("POST", path, { body, headers: home });
    expect(await applied("/table/apply")).toMatchObject({ status: 409, body: { type: "/problems/own-address" } });
    expect(await world.state()).toBe(before);
    expect((await applied("/table/apply?force=true")).status).toBe(200);
    // Taking it off is none.
    const off = { body: { blacklist: { "198.51.100.0/24": null } }, headers: home };
    expect((await world.call("POST", "/table/apply", off)).status).toBe(200);
  });

  it.each([
    ["one's own address", "198.51.100.7/32", "own-address"],
    ["a very wide network", "0.0.0.0/1", "too-wide"],
  ])("%s is brought back by a rollback with force alone, which warns of it", async (_name, cidr, kind) => {
    await add(cidr, home, true);
    await world.call("DELETE", `/blacklist/${encodeURIComponent(cidr)}`);
    const back = (query: string, headers = home) =>
      world.call("POST", `/table/rollback${query}`, { body: { epoch: 2, reason: "a slip" }, headers });
    const before = await world.state();
    expect(await back("")).toMatchObject({ status: 409, body: { type: `/problems/${kind}` } });
    expect(await world.state()).toBe(before);
    const { status, body } = await back("?force=true");
    expect([status, body.warnings?.[0]?.code]).toEqual([200, kind]);
    expect((await world.call("GET", "/blacklist")).body.items).toMatchObject([{ cidr }]);
  });

  it("that speaks against nobody is brought back by a rollback without a word", async () => {
    await add("203.0.113.9");
    await world.call("DELETE", "/blacklist/203.0.113.9%2F32");
    const body = { epoch: 2, reason: "a slip" };
    const back = await world.call("POST", "/table/rollback", { body, headers: home });
    expect([back.status, back.body.warnings]).toEqual([200, undefined]);
  });

  it("that somebody else makes in the midst of a rollback is not undone unseen", async () => {
    await add("198.51.100.7", home, true);
    const { table } = world;
    const plan = table.planRollback.bind(table);
    vi.spyOn(table, "planRollback").mockImplementationOnce(async (epoch) => {
      const planned = await plan(epoch);
      await world.call("DELETE", "/blacklist/198.51.100.7%2F32");
      return planned;
    });
    const body = { epoch: 2, reason: "a slip" };
    const back = await world.call("POST", "/table/rollback", { body, headers: home });
    expect(back).toMatchObject({ status: 409, body: { type: "/problems/own-address" } });
  });

  it("is said to touch good clients, or to be let in by the allowlist, and made all the same", async () => {
    world.mitigator.befriend("203.0.113.7", "203.0.113.8", "192.0.2.1");
    const allowed = { body: { cidr: "203.0.113.0/24", reason: "ours" } };
    await world.call("POST", "/allowlist", allowed);
    const { status, body } = await add("203.0.113.0/28");
    expect([status, body.goodClients]).toEqual([201, { held: 2, known: 3 }]);
    expect(body.warnings).toMatchObject([
      { code: "allowlisted", path: "/blacklist/203.0.113.0~128", detail: expect.stringContaining("203.0.113.0/24") },
      { code: "touches-good-clients", detail: "203.0.113.0/28 holds 2 of the 3 good clients of the last week" },
    ]);
    expect((await world.call("GET", "/blacklist/203.0.113.0/28")).body).toMatchObject({ goodClients: { held: 2 } });
    const rule = { reason: "r", createdAt: NOW, expiresAt: null };
    const planned = await world.call("POST", "/table/plan", { body: { blacklist: { "192.0.2.1/32": rule } } });
    expect(planned.body.warnings).toMatchObject([{ code: "touches-good-clients" }]);
  });

  describe("of a verified bot", () => {
    const bot = { name: "Googlebot", reason: "published" };
    beforeEach(async () => {
      const { status, body } = await world.call("POST", "/bots", { body: { cidr: "203.0.113.0/24", ...bot } });
      expect([status, body]).toMatchObject([201, { cidr: "203.0.113.0/24", ...bot, expiresAt: null }]);
    });

    it.each(["203.0.113.9/32", "203.0.113.0/24", "203.0.112.0/20"])(
      "is refused, and made with force alone, which a plan says: %s",
      async (cidr) => {
        const before = await world.state();
        const refused = await add(cidr);
        expect(refused).toMatchObject({ status: 409, body: { type: "/problems/verified-bot" } });
        const said = "203.0.113.0/24 is of Googlebot, a verified bot; force does it all the same";
        expect(refused.body.detail).toBe(said);
        const rule = { reason: "r", createdAt: NOW, expiresAt: null };
        const body = { blacklist: { [cidr]: rule } };
        expect((await world.call("POST", "/table/apply", { body })).body.type).toBe("/problems/verified-bot");
        expect(await world.state()).toBe(before);
        const warning = { code: "verified-bot", detail: expect.stringContaining("Googlebot") };
        expect((await world.call("POST", "/table/plan", { body })).body.warnings).toMatchObject([warning]);
        expect(await add(cidr, {}, true)).toMatchObject({ status: 201, body: { warnings: [warning] } });
      },
    );

    it("that the same patch makes one is warned of by a plan", async () => {
      const rule = { reason: "r", createdAt: NOW, expiresAt: null };
      const body = {
        blacklist: { "192.0.2.0/24": rule },
        bots: { "192.0.2.7/32": { ...rule, name: "Bingbot" } },
      };
      const planned = await world.call("POST", "/table/plan", { body });
      expect(planned.body.warnings).toMatchObject([{ code: "verified-bot", path: "/blacklist/192.0.2.0~124" }]);
    });

    it("is refused when a rollback brings it back", async () => {
      await world.call("DELETE", "/bots/203.0.113.0%2F24");
      await add("203.0.113.9");
      const { epoch } = (await world.call("GET", "/table")).body;
      await world.call("DELETE", "/blacklist/203.0.113.9%2F32");
      await world.call("POST", "/bots", { body: { cidr: "203.0.113.0/24", ...bot } });
      const back = await world.call("POST", "/table/rollback", { body: { epoch, reason: "a slip" } });
      expect(back).toMatchObject({ status: 409, body: { type: "/problems/verified-bot" } });
    });

    it("is what its entry says that is made after it: who bans it, and what then", async () => {
      await add("192.0.2.0/24");
      const made = await world.call("POST", "/bots", { body: { cidr: "192.0.2.7", ...bot } });
      const detail =
        "192.0.2.7/32 of Googlebot is banned by 192.0.2.0/24 (r): take that off the blacklist to let it in";
      expect(made.body.warnings).toEqual([{ code: "banned-bot", path: "/bots/192.0.2.7~132", detail, counts: null }]);
      await banned("198.51.100.9/32");
      const rule = { ...bot, createdAt: NOW, expiresAt: null };
      const planned = await world.call("POST", "/table/plan", { body: { bots: { "198.51.100.0/24": rule } } });
      const lifted = expect.stringContaining("the shield will lift its ban within a minute");
      expect(planned.body.warnings).toMatchObject([{ code: "banned-bot", detail: lifted }]);
    });

    it("is named where somebody asks about the address", async () => {
      const asked = () => world.call("GET", "/shield/bans/203.0.113.9");
      expect((await asked()).body.detail).toContain("203.0.113.0/24 is of Googlebot, a verified bot");
      await add("203.0.113.9", {}, true);
      expect((await asked()).body.verifiedBot).toEqual({ name: "Googlebot", cidr: "203.0.113.0/24" });
    });

    it("is confirmed of no proposal", async () => {
      world.mitigator.propose(proposal("proposal-1", "203.0.113.9/32"));
      const confirmed = await world.call("POST", "/shield/proposals/proposal-1/confirm?force=true");
      expect(confirmed).toMatchObject({ status: 409, body: { type: "/problems/verified-bot" } });
      expect(confirmed.body.detail).toContain("203.0.113.0/24 is of Googlebot, a verified bot; only a ban by hand");
    });

    it("is of bots that have a name", async () => {
      const nameless = await world.call("POST", "/bots", { body: { cidr: "192.0.2.7", reason: "r" } });
      expect(nameless).toMatchObject({ status: 422, body: { errors: [{ path: "/name" }] } });
      expect((await world.call("GET", "/bots")).body.items).toMatchObject([{ cidr: "203.0.113.0/24", ...bot }]);
      expect((await world.call("GET", "/bots/203.0.113.9%2F32")).body.detail).toContain("list of verified bots");
      expect((await world.call("GET", "/table")).body.counts).toMatchObject({ bots: 1 });
    });
  });

  it("says that good clients are not known where the mitigator cannot be reached", async () => {
    world.mitigator.unreachable = true;
    const { status, body } = await add("203.0.113.9");
    expect([status, body.goodClients, body.warnings]).toMatchObject([201, null, [{ code: "unchecked" }]]);
    for (const cidr of ["198.51.100.0/31", "2001:db8::/63"])
      expect((await add(cidr)).body.warnings).toMatchObject([{ code: "good-clients-unknown" }]);
    expect((await add("2001:db8:1::/64")).body.warnings).toMatchObject([{ code: "unchecked" }]);
  });

  it("does not wait for a mitigator that never answers, which is logged", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    world.mitigator.goodClientsIn = () => {
      setImmediate(() => vi.runAllTimers());
      return new Promise(() => {});
    };
    const { status, body } = await add("203.0.113.9");
    expect([status, body.goodClients, body.warnings]).toMatchObject([201, null, [{ code: "unchecked" }]]);
    const message = "the mitigator has not counted good clients within 2000 ms";
    expect(world.logged).toMatchObject([{ level: "warn", message }]);
  });

  describe("among many", () => {
    const rule = { reason: "r", createdAt: NOW, expiresAt: null };
    const cidrs = (prefix: number) => Array.from({ length: 20 }, (_, i) => `192.0.${i}.0/${prefix}`);
    const warnings = async (...bans: readonly string[]) => {
      const body = { blacklist: Object.fromEntries(bans.map((cidr) => [cidr, rule])) };
      return (await world.call("POST", "/table/plan", { body })).body.warnings;
    };
    const left = { path: "/blacklist", detail: "of 21 bans, only 20 were looked at" };

    it("is looked at first where it is of a network, and the rest is said not to be", async () => {
      world.mitigator.befriend("198.51.100.7");
      expect(await warnings(...cidrs(32), "198.51.100.0/24")).toMatchObject([
        { code: "touches-good-clients", path: "/blacklist/198.51.100.0~124" },
        { ...left, code: "unchecked" },
      ]);
    });

    it("is not known to spare good clients where all are of networks", async () => {
      expect(await warnings(...cidrs(24), "198.51.100.0/24")).toMatchObject([
        { ...left, code: "good-clients-unknown" },
      ]);
    });
  });

  it("is nothing that the allowlist asks about", async () => {
    const body = { cidr: "198.51.100.7", reason: "ours" };
    expect((await world.call("POST", "/allowlist", { body, headers: home })).status).toBe(201);
    const forced = { body: { ...body, force: true }, headers: home };
    expect((await world.call("POST", "/allowlist", forced)).status).toBe(422);
  });
});
