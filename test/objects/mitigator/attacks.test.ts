import { applyD1Migrations, evictDurableObject, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { routingTable } from "../../../durable-objects/stubs.ts";
import { findAttack } from "../../../src/adapters/d1/attacks.ts";
import { crowd, usualCrowd } from "../../unit/shield/reports.ts";
import { eventually } from "../eventually.ts";
import { useWorld } from "./world.ts";

const MINUTE_MS = 60_000;
const usual = usualCrowd(600);
/** Much of it is of one country, and from many addresses. */
const flood = { usual, recent: [...usual.slice(0, 60), ...crowd(540, { country: "XX" })] };

describe("an attack", () => {
  const world = useWorld();
  afterEach(async () => {
    await reset();
    await applyD1Migrations(env.DB, env.MIGRATIONS);
  });

  const defence = async () => (await world.current.table()).defences.get("api") ?? null;
  const level = async () => (await world.current.onlyAttack()).level;
  const alerts = async () => (await world.current.api.alerts(50, null)).map(({ kind }) => kind).reverse();

  it("is met by a limit on what tells it within a second, and by nothing any more when it is over", async () => {
    await world.current.flood(flood);
    expect((await world.current.nextAlarmAt()) - Date.now()).toBeLessThanOrEqual(200);
    await world.current.tick();
    const { id } = await world.current.onlyAttack();
    expect(await defence()).toMatchObject({ attack: id, level: "limit", signatures: [{ match: { country: "XX" } }] });
    await world.current.flooding(10_000, flood);
    await world.current.flood({ ...flood, state: "ended" });
    await world.current.run(2 * MINUTE_MS);
    expect(await defence()).toBeNull();
    const attack = await world.current.onlyAttack();
    expect(attack).toMatchObject({ state: "over", level: "observe", mostLevel: "limit", signatures: [] });
    expect(attack.timeline.map(({ kind, what }) => `${kind}: ${what.replace(/epoch \d+/, "epoch n")}`)).toEqual([
      "seen: global: major, too many requests: 1,000 req/s over 3 s, where 100 req/s are expected",
      expect.stringMatching(
        /^decided: to be told by country XX \(\d+ % of the excess, 0 % of usual requests\); at most to block$/,
      ),
      "decided: observe → limit: the attack asks for it",
      "done: limit is in force as of epoch n",
      "seen: global: it has ended",
      "seen: nobody sees it any more",
      "decided: limit → observe: it has been calm for long enough",
      "done: the defence is taken away as of epoch n",
      "decided: it is over",
    ]);
    expect(await alerts()).toEqual(["attack-started", "attack-ended"]);
    await eventually(async () => {
      await world.current.run(MINUTE_MS);
      expect(await findAttack(env.DB, id)).toMatchObject({ state: "over" });
    });
  });

  it("is told to the log by one line for each alert, however often the same is reported", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await world.current.flooding(3000, flood);
    await evictDurableObject(world.current.stub);
    await world.current.flooding(3000, { ...flood, startedAt: Date.now() - 3000 });
    const { id } = await world.current.onlyAttack();
    const [alert] = await world.current.api.alerts(10, null);
    expect(warn.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      {
        event: "alert",
        id: alert?.id,
        kind: "attack-started",
        severity: "warning",
        service: "api",
        attack: id,
        proposal: null,
        at: new Date(alert?.at ?? 0).toISOString(),
        text: expect.stringMatching(/^A flood on api has begun/),
      },
    ]);
  });

  it("is met by more while too much gets through, step by step, and people are told", async () => {
    await world.current.flooding(25_000, { ...flood, passed: 900 });
    expect(await level()).toBe("block");
    expect((await defence())?.level).toBe("block");
    expect((await world.current.api.status()).levels).toEqual({ api: "block" });
    expect(await alerts()).toEqual(["attack-started", "attack-escalated", "attack-escalated"]);
    await world.current.flood({ state: "ended" });
    await world.current.run(65_000);
    expect((await defence())?.level).toBe("challenge");
    await world.current.run(3 * MINUTE_MS);
    expect(await defence()).toBeNull();
  });

  it("that nothing tells from what is usual is observed, and challenged where it is critical for long", async () => {
    const alike = usual.map((each) => ({ ...each, weight: 10 }));
    await world.current.flooding(60_000, { usual, recent: alike, passed: 900 });
    expect([await level(), await defence()]).toEqual(["observe", null]);
    expect(await alerts()).toEqual(["attack-started"]);
    await world.current.flooding(40_000, { usual, recent: alike, passed: 900, severity: "critical" });
    expect(await defence()).toMatchObject({ level: "challenge", signatures: [{ match: {} }] });
  });

  it("that is minor is looked at", async () => {
    await world.current.flooding(20_000, { ...flood, severity: "minor" });
    expect([await level(), await defence()]).toEqual(["observe", null]);
  });

  it("of silence is written down and told, and nothing is done about it", async () => {
    await world.current.flooding(20_000, { direction: "silence", actual: 1, severity: "critical" });
    await world.current.flood({ direction: "silence", state: "ended" });
    await world.current.run(2 * MINUTE_MS);
    expect(await world.current.onlyAttack()).toMatchObject({
      direction: "silence",
      state: "over",
      mostLevel: "observe",
    });
    expect(await defence()).toBeNull();
    expect(await alerts()).toEqual(["attack-started", "attack-ended"]);
  });

  it.each([
    ["not more than the service allows", { most: "limit" }, "limit"],
    ["nothing where the service is to be observed", { most: "observe" }, null],
    ["nothing where a person has set the level", { mode: "challenge" }, null],
  ] as const)("is met by %s", async (_, mitigation, expected) => {
    await world.current.apply({ services: { api: { mitigation } } });
    await world.current.flooding(30_000, {
      ...flood,
      passed: 900,
      culprits: [{ client: "192.0.2.7", perSecond: 900, usualPerSecond: 0 }],
    });
    expect((await defence())?.level ?? null).toBe(expected);
    expect(await world.current.blacklist()).toEqual({});
  });

  it("is eased at once where a person takes the matter over", async () => {
    await world.current.flooding(5000, flood);
    await world.current.apply({ services: { api: { mitigation: { mode: "observe" } } } });
    await world.current.run(2000);
    expect(await defence()).toBeNull();
  });

  it("is met by nothing that was decided before a person took the matter over, and the record says who did what", async () => {
    await world.current.flooding(2000, { ...flood, severity: "minor" });
    await world.current.flood({ ...flood, severity: "critical" });
    expect(await level()).toBe("limit");
    await world.current.apply({ services: { api: { mitigation: { mode: "observe" } } } });
    await world.current.tick();
    expect(await defence()).toBeNull();
    await world.current.flooding(5000, { ...flood, severity: "critical" });
    const whats = (await world.current.onlyAttack()).timeline.map(({ what }) => what);
    expect(whats).toContain("observe is set by hand");
    expect(whats.filter((what) => what.includes("is in force"))).toEqual([]);
  });

  it("is one, whoever sees it, and goes on while anybody does", async () => {
    await world.current.flood({ ...flood, scope: "eu-west-1", id: "report-2", actual: 600 });
    await world.current.flood({ ...flood, scope: "us-east-1", id: "report-3", actual: 400 });
    await world.current.flood(flood);
    await world.current.flood({ scope: "eu-west-1", id: "report-2", state: "ended", at: Date.now() + 1 });
    const attack = await world.current.onlyAttack();
    expect(Object.entries(attack.scopes).map(([scope, { state }]) => [scope, state])).toEqual([
      ["eu-west-1", "ended"],
      ["us-east-1", "ongoing"],
      ["global", "ongoing"],
    ]);
    expect(attack.state).toBe("ongoing");
  });

  it("is another one than a silence of the same service at the same moment", async () => {
    await world.current.flood(flood);
    await world.current.flood({ id: "report-2", direction: "silence", actual: 1 });
    const attacks = await world.current.api.attacks({ limit: 10, before: null, service: null, open: true });
    expect(attacks.map(({ id, direction }) => [id.replace(/^[a-z0-9]+-/, ""), direction])).toEqual([
      ["silence-api", "silence"],
      ["flood-api", "flood"],
    ]);
    for (const attack of attacks) expect(await world.current.api.attack(attack.id)).toEqual(attack);
  });

  it("counts a message that comes twice once, and one that comes out of order not at all", async () => {
    await world.current.flood(flood);
    const before = await world.current.onlyAttack();
    await world.current.flood({ ...flood, severity: "critical" });
    await world.current.flood({ ...flood, severity: "critical", at: Date.now() - 3000 });
    await world.current.flood({ ...flood, severity: "critical", at: Date.now() - 61_000, id: "report-9" });
    await world.current.flood({ scope: "nobody", state: "ended" });
    await world.current.api.attacked({ id: 7 } as never);
    expect(await world.current.onlyAttack()).toEqual(before);
  });

  it("of which nothing is heard any more ends by itself, with its defence", async () => {
    await world.current.flooding(5000, flood);
    await world.current.run(3 * MINUTE_MS);
    expect(await world.current.onlyAttack()).toMatchObject({ state: "over", scopes: { global: { state: "unheard" } } });
    expect(await defence()).toBeNull();
  });

  const both = () => world.current.api.attacks({ limit: 10, before: null, service: null, open: false });

  it("that begins after the last has ended is another, and is met by the defence that still stands", async () => {
    await world.current.flooding(25_000, { ...flood, passed: 900 });
    await world.current.flood({ ...flood, state: "ended", lastOutAt: Date.now() - 8000 });
    const lastOutAt = Date.now() - 8000;
    await world.current.run(70_000);
    await world.current.flooding(5000, { ...flood, id: "report-2" });
    const [second, first] = await both();
    expect(first).toMatchObject({ state: "over", level: "observe", signatures: [], endedAt: lastOutAt });
    expect(second).toMatchObject({ state: "ongoing", level: "challenge", mostLevel: "challenge", endedAt: null });
    expect(second?.timeline.map(({ what }) => what).join("\n")).toMatch(/follows .*, against which there is challenge/);
    expect(await defence()).toMatchObject({ attack: second?.id, level: "challenge" });
    // Two of them are of the same moment.
    expect((await alerts()).filter((kind) => kind !== "attack-escalated").sort()).toEqual([
      "attack-ended",
      "attack-started",
      "attack-started",
    ]);
  });

  it("that begins soon after the last is over is met as a relapse: its defence lasts twice as long", async () => {
    await world.current.flooding(5000, flood);
    await world.current.flood({ ...flood, state: "ended" });
    await world.current.run(3 * MINUTE_MS);
    await world.current.flooding(5000, { ...flood, id: "report-2" });
    await world.current.flood({ ...flood, id: "report-2", state: "ended" });
    await world.current.run(90_000);
    expect((await both()).map(({ state, level: now }) => [state, now])).toEqual([
      ["subsiding", "limit"],
      ["over", "observe"],
    ]);
    await world.current.run(60_000);
    expect(await defence()).toBeNull();
  });

  it("that returns in the second after its defence was taken away is met within that second", async () => {
    await world.current.flooding(5000, flood);
    const left = { ...flood, severityNow: "none", actual: 100 } as const;
    for (let second = 0; second < 90 && (await defence()) !== null; second++) await world.current.flooding(1000, left);
    expect([await defence(), (await world.current.onlyAttack()).state]).toEqual([null, "ongoing"]);
    await world.current.flooding(1000, flood);
    expect(await defence()).toMatchObject({ level: "limit", signatures: [{ match: { country: "XX" } }] });
  });

  it("about which nothing was done is over as soon as nobody sees it", async () => {
    await world.current.flooding(5000, { ...flood, severity: "minor" });
    await world.current.flood({ ...flood, state: "ended" });
    await world.current.run(2000);
    expect((await world.current.onlyAttack()).state).toBe("over");
  });

  it("goes on after a restart with the defence that it has", async () => {
    await world.current.flooding(5000, flood);
    const { id } = await world.current.onlyAttack();
    const { epoch } = await world.current.table();
    await evictDurableObject(world.current.stub);
    await world.current.flooding(5000, flood);
    expect((await world.current.onlyAttack()).id).toBe(id);
    expect((await world.current.table()).epoch).toBe(epoch);
    expect(await alerts()).toEqual(["attack-started"]);
  });

  it("that is unknown has no defence for long", async () => {
    const next = { attack: "gone", level: "block", since: 1, signatures: [{ match: {}, perSecond: 1 }] } as const;
    expect(await routingTable(env).setDefence({ service: "api", next: next as never, expected: null })).toMatchObject({
      ok: true,
    });
    await world.current.api.sighted([]);
    await world.current.run(MINUTE_MS);
    expect(await defence()).toBeNull();
  });

  it("that was left alone for long is over at once", async () => {
    await world.current.flooding(25_000, { ...flood, passed: 900 });
    vi.setSystemTime(Date.now() + 20 * MINUTE_MS);
    await world.current.tick();
    expect(await world.current.onlyAttack()).toMatchObject({ state: "over", level: "observe" });
    expect(await defence()).toBeNull();
  });

  it("is looked after while the table cannot be reached, and met when it can", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const table = vi.spyOn(env.ROUTING_TABLE, "getByName").mockImplementation(() => {
      throw new Error("Network connection lost.");
    });
    await world.current.flooding(5000, flood);
    expect(await level()).toBe("observe");
    table.mockRestore();
    await world.current.flooding(31_000, flood);
    expect((await defence())?.level).toBe("limit");
  });

  describe("that some clients explain", () => {
    const culprits = [
      { client: "192.0.2.7", perSecond: 500, usualPerSecond: 0 },
      { client: "2001:db8::/64", perSecond: 300, usualPerSecond: 1 },
      { client: "198.51.100.1", perSecond: 100, usualPerSecond: 90 },
    ];

    it("leads to bans of these", async () => {
      await world.current.flooding(8000, { ...flood, culprits });
      expect(Object.keys(await world.current.blacklist()).sort()).toEqual(["192.0.2.7/32", "2001:db8::/64"]);
      const attack = await world.current.onlyAttack();
      expect(attack.bans).toBe(2);
      const [ban] = await world.current.api.bans({ limit: 1, before: null, cidr: "192.0.2.7/32", standing: true });
      expect(ban?.evidence).toMatchObject({ kind: "attack", attack: attack.id, perSecond: 500 });
      expect(attack.timeline.map(({ what }) => what)).toContain("banned: 192.0.2.7/32 (1 h), 2001:db8::/64 (1 h)");
      expect(attack.timeline.map(({ what }) => what).join("\n")).toMatch(/on the blacklist: 192\.0\.2\.7\/32 \(1 h\)/);
    });

    it("leads to none where they come when nothing of it is left", async () => {
      await world.current.flooding(2000, { ...flood, severity: "critical" });
      await world.current.flooding(15_000, { ...flood, culprits, severity: "critical", severityNow: "none" });
      expect(await world.current.blacklist()).toEqual({});
    });

    it("leads to none, and to no defence, while it may only have moved from other parts of the traffic", async () => {
      const moved = { ...flood, culprits, severity: "critical" as const };
      await world.current.flooding(12_000, { ...moved, hasMoved: true });
      expect([await world.current.blacklist(), await defence()]).toEqual([{}, null]);
      await world.current.flooding(2000, { ...moved, hasMoved: false });
      expect(await defence()).toMatchObject({ level: "limit", signatures: [{ match: { country: "XX" } }] });
      await world.current.flooding(8000, { ...moved, hasMoved: false });
      expect(Object.keys(await world.current.blacklist())).toContain("192.0.2.7/32");
    });

    it("leads to none where only a region sees it", async () => {
      await world.current.flooding(10_000, { ...flood, culprits, scope: "us-east-1", severity: "critical" });
      expect([await world.current.blacklist(), await defence()]).toEqual([{}, null]);
      expect(await alerts()).toEqual(["attack-started"]);
    });

    it("does not lead to a ban again that a person has lifted, while it lasts", async () => {
      await world.current.flooding(8000, { ...flood, culprits });
      const startedAt = (await world.current.onlyAttack()).startedAt;
      await world.current.apply({ blacklist: { "192.0.2.7/32": null } });
      await world.current.api.lift("192.0.2.7/32", "alice");
      await world.current.flooding(10_000, { ...flood, culprits, startedAt });
      expect(Object.keys(await world.current.blacklist())).toEqual(["2001:db8::/64"]);
    });

    it("leads to a ban of their prefix where they are many", async () => {
      const many = Array.from({ length: 8 }, (_, i) => ({
        client: `203.0.113.${i}`,
        perSecond: 50,
        usualPerSecond: 0,
      }));
      await world.current.flooding(8000, { ...flood, culprits: many });
      expect(Object.keys(await world.current.blacklist())).toEqual(["203.0.113.0/24"]);
    });

    const network = (from: number, count: number) => Array.from({ length: count }, (_, i) => `100.64.0.${from + i}`);
    const loud = (clients: readonly string[], perSecond: number) =>
      clients.map((client) => ({ client, perSecond, usualPerSecond: 0 }));

    it("leads to bans of these alone where others of their prefix are good, and to no question and no challenge", async () => {
      await world.current.befriend(network(1, 200));
      const attackers = network(220, 8);
      await world.current.flooding(15_000, { ...flood, culprits: loud(attackers, 22.5) });
      expect(Object.keys(await world.current.blacklist()).sort()).toEqual(attackers.map((client) => `${client}/32`));
      expect(await world.current.api.proposals(10)).toEqual([]);
      expect((await defence())?.signatures).toMatchObject([{ match: { country: "XX" } }]);
      expect((await world.current.api.status()).goodClients).toEqual({ known: 200, touched: 0, mayTouch: 1 });
    });

    it("says nothing against those of a banned prefix who did nothing: they are known, and may become good", async () => {
      await world.current.api.sighted([{ client: "100.64.0.1", at: Date.now() - 900_000 }]);
      await world.current.flooding(8000, { ...flood, culprits: loud(network(220, 8), 22.5) });
      expect(Object.keys(await world.current.blacklist())).toEqual(["100.64.0.0/24"]);
      await world.current.run(62 * MINUTE_MS);
      expect((await world.current.api.status()).bans.standing).toBe(0);
      await world.current.api.sighted([{ client: "100.64.0.1", at: Date.now() }]);
      expect((await world.current.api.status()).goodClients.known).toBe(1);
    });

    it("leads to questions where too many good clients are among them, and to challenges of them where too much gets through", async () => {
      const friends = network(1, 8);
      await world.current.befriend([...friends, ...network(100, 50)]);
      const many = loud(friends, 50);
      await world.current.flooding(8000, { ...flood, culprits: many });
      // One always may be banned.
      expect(Object.keys(await world.current.blacklist())).toEqual(["100.64.0.1/32"]);
      expect(await defence()).toMatchObject({ level: "limit", signatures: [{ match: { country: "XX" } }] });
      expect(await world.current.api.proposals(10)).toHaveLength(7);
      await world.current.flooding(25_000, { ...flood, culprits: many, passed: 900 });
      const asked = friends.slice(1).map((client) => ({ match: { prefix: `${client}/32` }, level: "challenge" }));
      const met = await defence();
      expect(met?.level).toBe("block");
      expect(met?.signatures.slice(0, 7)).toEqual(
        expect.arrayContaining(asked.map((each) => expect.objectContaining(each))),
      );
      expect(met?.signatures[7]).toMatchObject({ match: { country: "XX" } });
      expect(met?.signatures[7]).not.toHaveProperty("level");
      for (const { id } of await world.current.api.proposals(10))
        expect(await world.current.api.dismiss(id, "alice")).toMatchObject({ ok: true });
      await world.current.flooding(10_000, { ...flood, culprits: many });
      expect((await defence())?.signatures).toMatchObject([{ match: { country: "XX" } }]);
      expect(await world.current.api.proposals(10)).toHaveLength(7);
    });

    it("asks nobody about those any more whom people have banned meanwhile, and says by what", async () => {
      const friends = network(1, 2);
      await world.current.befriend(friends);
      const two = loud(friends, 200);
      await world.current.flooding(8000, { ...flood, culprits: two });
      expect((await world.current.api.status()).proposals).toBe(1);
      const byHand = { reason: "by hand", createdAt: 0, expiresAt: null };
      await world.current.apply({ blacklist: { "100.64.0.0/22": byHand } });
      await world.current.flooding(15_000, { ...flood, culprits: two });
      expect((await world.current.api.status()).proposals).toBe(0);
      expect((await world.current.onlyAttack()).timeline.map(({ what }) => what)).toContain(
        "100.64.0.2/32: people put 100.64.0.0/22, which holds it, on the blacklist before anybody answered",
      );
      expect(await world.current.api.proposals(10)).toMatchObject([
        { state: { kind: "overtaken", by: "people", cidr: "100.64.0.0/22", ban: null } },
      ]);
    });

    it("is limited by their address at once, and nothing is left of that soon after they are banned", async () => {
      const [one] = crowd(1, { client: "192.88.98.1" });
      const recent = [...usual.slice(0, 60), ...Array.from({ length: 540 }, () => one as NonNullable<typeof one>)];
      const report = { usual, recent, culprits: loud(["192.88.98.1"], 900) };
      await world.current.flooding(1000, report);
      expect(await defence()).toMatchObject({ level: "limit", signatures: [{ match: { prefix: "192.88.98.1/32" } }] });
      await world.current.flooding(7000, report);
      expect(Object.keys(await world.current.blacklist())).toEqual(["192.88.98.1/32"]);
      await world.current.flooding(5000, { usual, recent: usual, actual: 100, severityNow: "none" });
      expect(await defence()).toBeNull();
    });
  });

  it("is found, with those before it", async () => {
    await world.current.flooding(2000, flood);
    const { id } = await world.current.onlyAttack();
    expect(await world.current.api.attack(id)).toMatchObject({ id, service: "api" });
    expect(await world.current.api.attack("none")).toBeNull();
    const query = { limit: 10, before: null, service: null, open: true };
    expect(await world.current.api.attacks(query)).toHaveLength(1);
    expect(await world.current.api.attacks({ ...query, service: "other" })).toEqual([]);
    expect((await world.current.api.status()).attacks).toMatchObject([{ id }]);
    await world.current.flood({ state: "ended" });
    await world.current.run(3 * MINUTE_MS);
    expect(await world.current.api.attacks(query)).toEqual([]);
    expect(await world.current.api.attacks({ ...query, open: false })).toMatchObject([{ id }]);
    expect(await world.current.api.attacks({ ...query, open: false, before: id })).toEqual([]);
  });
});
