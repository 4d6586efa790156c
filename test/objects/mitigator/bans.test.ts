import { applyD1Migrations, evictDurableObject, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RoutingTableApi, SnapshotRequest } from "../../../durable-objects/routing-table/api.ts";
import { routingTable } from "../../../durable-objects/stubs.ts";
import { findBan } from "../../../src/adapters/d1/bans.ts";
import { eventually } from "../eventually.ts";
import { useWorld } from "./world.ts";

const HOUR_MS = 3_600_000;
const anything = { limit: 100, before: null, cidr: null, standing: false };

describe("a ban", () => {
  const world = useWorld();
  afterEach(async () => {
    await reset();
    await applyD1Migrations(env.DB, env.MIGRATIONS);
  });

  const lastBan = async () => {
    const [ban] = await world.current.api.bans(anything);
    if (!ban) throw new Error("nobody is banned");
    return ban;
  };

  it("of an address that broke a limit is on the blacklist within a fifth of a second, for an hour", async () => {
    await world.current.breach("192.0.2.7");
    const decidedAt = Date.now();
    expect((await world.current.nextAlarmAt()) - decidedAt).toBeLessThanOrEqual(200);
    await world.current.tick();
    const ban = await lastBan();
    expect(await world.current.blacklist()).toEqual({
      "192.0.2.7/32": {
        reason: "20,000 req/s for 3 s, where shield policy per-client allows 10,000 req/s",
        createdAt: decidedAt,
        expiresAt: decidedAt + HOUR_MS,
        ban: ban.id,
      },
    });
    expect(ban).toMatchObject({ state: { kind: "in-force" }, offence: 1, by: "shield", evidence: { kind: "breach" } });
    const [entry] = await routingTable(env).history(1, null);
    expect(entry).toMatchObject({ principal: "shield", summary: expect.stringContaining("192.0.2.7/32") });
  });

  it("of many at once is one epoch", async () => {
    const before = (await world.current.table()).epoch;
    for (let i = 0; i < 20; i++) await world.current.breach(`192.0.2.${i}`);
    await world.current.breach("2001:db8::/64");
    await world.current.tick();
    const { epoch, table } = await world.current.table();
    expect([epoch - before, table.blacklist.size]).toEqual([1, 21]);
  });

  it("is made once of a message that comes twice, and of what is said while it stands", async () => {
    await world.current.breach("192.0.2.7");
    await world.current.breach("192.0.2.7");
    await world.current.tick();
    await world.current.run(60_000);
    await world.current.breach("192.0.2.7");
    expect(await world.current.api.bans(anything)).toHaveLength(1);
  });

  it("is not made of what is no breach, no address, or long ago", async () => {
    await world.current.api.breached({ limit: 1 } as never);
    await world.current.breach("nobody");
    await world.current.breach("192.0.2.0/24");
    await world.current.breach("192.0.2.7", { at: Date.now() - 61_000 });
    expect(await world.current.api.bans(anything)).toEqual([]);
  });

  it("expires, and the next one is twice as long", async () => {
    await world.current.breach("192.0.2.7");
    await world.current.tick();
    await world.current.run(HOUR_MS + 60_000);
    expect((await lastBan()).state).toMatchObject({ kind: "expired" });
    // Message of before its end.
    await world.current.breach("192.0.2.7", { at: Date.now() - 90_000 });
    expect(await world.current.api.bans({ ...anything, standing: true })).toEqual([]);
    await world.current.breach("192.0.2.7");
    expect(await lastBan()).toMatchObject({ offence: 2, expiresAt: Date.now() + 2 * HOUR_MS });
  });

  it("outlives a restart, before and after it is in force", async () => {
    await world.current.breach("192.0.2.7");
    await evictDurableObject(world.current.stub);
    await world.current.tick();
    expect(Object.keys(await world.current.blacklist())).toEqual(["192.0.2.7/32"]);
    await evictDurableObject(world.current.stub);
    await world.current.breach("192.0.2.7");
    await world.current.run(60_000);
    expect(await world.current.api.bans(anything)).toHaveLength(1);
    expect((await world.current.api.status()).bans).toEqual({ standing: 1, addresses: 1, prefixes: 0 });
  });

  it("spares the allowlist, also what comes onto it between the decision and the table", async () => {
    await world.current.apply({ allowlist: { "198.51.100.0/24": { reason: "bots", createdAt: 0, expiresAt: null } } });
    await world.current.breach("192.0.2.7");
    await world.current.apply({ allowlist: { "192.0.2.0/24": { reason: "office", createdAt: 0, expiresAt: null } } });
    await world.current.tick();
    await world.current.breach("198.51.100.9");
    expect(await world.current.blacklist()).toEqual({});
    expect(await world.current.api.bans(anything)).toMatchObject([
      { cidr: "192.0.2.7/32", state: { kind: "refused", detail: "192.0.2.0/24 is on the allowlist" } },
    ]);
    expect(await world.current.api.standing("192.0.2.7")).toMatchObject({ offences: 0, ban: null });
  });

  it("spares verified bots, and is lifted of one that comes to be known", async () => {
    const bot = { name: "Googlebot", reason: "published", createdAt: 0, expiresAt: null };
    await world.current.apply({ bots: { "198.51.100.0/24": bot } });
    await world.current.breach("198.51.100.9");
    await world.current.breach("192.0.2.7");
    await world.current.breach("203.0.113.7");
    await world.current.tick();
    expect(Object.keys(await world.current.blacklist())).toEqual(["192.0.2.7/32", "203.0.113.7/32"]);
    await world.current.apply({ bots: { "192.0.2.0/24": bot } });
    await world.current.run(60_000);
    expect(Object.keys(await world.current.blacklist())).toEqual(["203.0.113.7/32"]);
    const [lifted] = await world.current.api.bans({ ...anything, cidr: "192.0.2.7/32" });
    const by = "the shield, as 192.0.2.0/24 is of Googlebot, a verified bot";
    expect(lifted).toMatchObject({ state: { kind: "lifted", by } });
    expect(await world.current.api.standing("192.0.2.7")).toMatchObject({ offences: 0, ban: null });
  });

  it("does not shorten what a person has decided", async () => {
    const byHand = { reason: "by hand", createdAt: 0, expiresAt: null };
    await world.current.breach("192.0.2.7");
    await world.current.apply({ blacklist: { "192.0.2.7/32": byHand } });
    await world.current.tick();
    expect(await world.current.blacklist()).toEqual({ "192.0.2.7/32": byHand });
    expect(await lastBan()).toMatchObject({ state: { kind: "in-force", epoch: null } });
    await world.current.apply({ blacklist: { "192.0.2.0/24": byHand } });
    await world.current.tick();
    await world.current.breach("192.0.2.8");
    expect(await world.current.api.bans(anything)).toHaveLength(1);
  });

  it("that a person lifts leads to none again by the same evidence, and is off the record", async () => {
    await world.current.breach("192.0.2.7");
    await world.current.tick();
    const { id } = await lastBan();
    expect((await world.current.api.ban(id))?.standing).toMatchObject({
      offences: 1,
      nextSeconds: 7200,
      nextSecondsIfLifted: 3600,
      next: expect.stringContaining("If it is lifted now, the next offence is banned for 1 h"),
    });
    await world.current.apply({ blacklist: { "192.0.2.7/32": null } });
    expect(await world.current.api.lift("192.0.2.7", "alice")).toMatchObject({
      id,
      state: { kind: "lifted", by: "alice" },
    });
    expect(await world.current.api.lift("192.0.2.7", "alice")).toBeNull();
    vi.setSystemTime(Date.now() + 2000);
    await world.current.breach("192.0.2.7");
    expect(await world.current.api.bans(anything)).toHaveLength(1);
    vi.setSystemTime(Date.now() + 10_000);
    await world.current.breach("192.0.2.7");
    expect(await lastBan()).toMatchObject({ offence: 1, state: { kind: "deciding" } });
  });

  it("whose entry somebody takes off the blacklist counts as lifted", async () => {
    await world.current.breach("192.0.2.7");
    await world.current.tick();
    await world.current.apply({ blacklist: { "192.0.2.7/32": null } });
    await world.current.run(60_000);
    expect(await lastBan()).toMatchObject({ state: { kind: "lifted" } });
    expect(await world.current.blacklist()).toEqual({});
  });

  it("whose entry a person makes anew to end sooner ends with it, and is not forgiven", async () => {
    await world.current.breach("192.0.2.7");
    await world.current.tick();
    const expiresAt = Date.now() + 600_000;
    await world.current.apply({ blacklist: { "192.0.2.7/32": { reason: "by hand", expiresAt, ban: null } } });
    await world.current.run(60_000);
    expect(await lastBan()).toMatchObject({ state: { kind: "in-force" }, expiresAt });
    await world.current.run(660_000);
    expect(await lastBan()).toMatchObject({ state: { kind: "expired" }, offence: 1 });
    await world.current.breach("192.0.2.7");
    expect(await lastBan()).toMatchObject({ offence: 2 });
  });

  it("that is shortened is over when it ends, and not with the next look", async () => {
    await world.current.breach("192.0.2.7");
    await world.current.tick();
    const expiresAt = Date.now() + 20_000;
    await world.current.run(2000);
    await world.current.api.shorten("192.0.2.7/32", expiresAt, "alice");
    expect(await world.current.nextAlarmAt()).toBeLessThanOrEqual(expiresAt);
    await world.current.run(expiresAt - Date.now() + 1);
    expect(await lastBan()).toMatchObject({ state: { kind: "expired" } });
  });

  it("that is lifted while its entry is on its way takes it out again", async () => {
    await world.current.breach("192.0.2.7");
    await world.current.tick();
    // Lifted, and nobody takes the entry out.
    await world.current.api.lift("192.0.2.7/32", "alice");
    await world.current.run(2000);
    expect(await world.current.blacklist()).toEqual({});
  });

  it("waits behind a person's shorter entry, which it leaves alone, and follows it without a gap", async () => {
    const byHand = { reason: "by hand", createdAt: 0, expiresAt: Date.now() + 600_000 };
    await world.current.breach("192.0.2.7");
    await world.current.apply({ blacklist: { "192.0.2.7/32": byHand } });
    await world.current.tick();
    expect(await lastBan()).toMatchObject({ state: { kind: "in-force", epoch: null } });
    await world.current.run(400_000);
    expect(await world.current.blacklist()).toEqual({ "192.0.2.7/32": byHand });
    await world.current.run(195_000);
    const { id, expiresAt } = await lastBan();
    expect(await world.current.blacklist()).toMatchObject({ "192.0.2.7/32": { ban: id, expiresAt } });
  });

  describe("for which the table has no room", () => {
    /** A table that objects to more entries than so many, and to that of one address. */
    function narrow(most: number, unloved = "") {
      const reach = env.ROUTING_TABLE.getByName.bind(env.ROUTING_TABLE);
      const tried: number[] = [];
      vi.spyOn(env.ROUTING_TABLE, "getByName").mockImplementation((name) => {
        const real = reach(name) as never as RoutingTableApi;
        const apply: RoutingTableApi["apply"] = async (patch, options) => {
          const cidrs = Object.keys(patch.blacklist ?? {});
          tried.push(cidrs.length);
          const { entries } = await real.page("blacklist", { limit: 1000, after: null });
          const isTooMuch = entries.length + cidrs.length > most;
          if (!isTooMuch && !cidrs.includes(unloved)) return real.apply(patch, options);
          const objection = {
            code: isTooMuch ? "too-many" : "invalid",
            path: "/blacklist",
            detail: "no room",
          } as const;
          return { ok: false, error: { kind: "objections", objections: [objection] } };
        };
        return { apply, snapshot: (request: SnapshotRequest) => real.snapshot(request) } as never;
      });
      return tried;
    }
    const breaches = async (count: number) => {
      for (let i = 0; i < count; i++) await world.current.breach(`192.0.2.${i}`);
    };

    it("is not forgiven: those that fit are entered, the others wait for room, and people are told once", async () => {
      await breaches(20);
      const tried = narrow(7);
      await world.current.run(20_000);
      expect(tried.length).toBeLessThan(30);
      vi.restoreAllMocks();
      expect(Object.keys(await world.current.blacklist())).toHaveLength(7);
      expect((await world.current.api.status()).waiting.bans).toBe(13);
      expect(await world.current.api.standing("192.0.2.19")).toMatchObject({ offences: 1, ban: { offence: 1 } });
      expect((await world.current.api.alerts(10, null)).map(({ kind, severity }) => [kind, severity]).sort()).toEqual([
        ["banned", "info"],
        ["bans-full", "critical"],
      ]);
      // The table has moved, and takes more.
      await world.current.apply({ services: { api: { mitigation: { most: "challenge" } } } });
      await world.current.run(2000);
      expect(Object.keys(await world.current.blacklist())).toHaveLength(20);
      expect((await world.current.api.status()).waiting.bans).toBe(0);
    });

    it("does not keep others off the blacklist where the table objects to it alone, and stays on record", async () => {
      await breaches(20);
      narrow(1000, "192.0.2.5/32");
      await world.current.run(20_000);
      vi.restoreAllMocks();
      expect(Object.keys(await world.current.blacklist())).toHaveLength(19);
      const [ban] = await world.current.api.bans({ ...anything, cidr: "192.0.2.5/32" });
      expect(ban).toMatchObject({ state: { kind: "refused", detail: "no room" } });
      expect(await world.current.api.standing("192.0.2.5")).toMatchObject({ offences: 1, ban: null });
      await world.current.breach("192.0.2.5");
      expect(await world.current.api.bans({ ...anything, cidr: "192.0.2.5/32" })).toHaveLength(1);
    });
  });

  it("waits for a table that cannot be reached, and people are told", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    await world.current.breach("192.0.2.7");
    const table = vi.spyOn(env.ROUTING_TABLE, "getByName").mockImplementation(() => {
      throw new Error("Network connection lost.");
    });
    await world.current.run(60_000);
    expect((await world.current.api.status()).waiting).toMatchObject({ bans: 1 });
    expect(await world.current.api.alerts(10, null)).toMatchObject([
      { kind: "table-unreachable", severity: "critical" },
    ]);
    table.mockRestore();
    await world.current.run(30_000);
    expect(Object.keys(await world.current.blacklist())).toEqual(["192.0.2.7/32"]);
    expect((await world.current.api.status()).waiting).toEqual({ bans: 0, defences: 0, failures: 0 });
  });

  it("is copied to D1, when D1 is there again", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    await env.DB.exec("ALTER TABLE ban RENAME TO ban_gone");
    await world.current.breach("192.0.2.7");
    await world.current.tick();
    const { id } = await lastBan();
    await env.DB.exec("ALTER TABLE ban_gone RENAME TO ban");
    await eventually(async () => {
      await world.current.run(60_000);
      expect(await findBan(env.DB, id)).toMatchObject({ id, state: { kind: "in-force" } });
    });
  });

  describe("that would touch good clients", () => {
    const friends = Array.from({ length: 50 }, (_, i) => `198.51.100.${i}`);

    it("is made of somebody new all the same, and of one of them", async () => {
      await world.current.befriend(friends);
      expect((await world.current.api.status()).goodClients).toEqual({ known: 50, touched: 0, mayTouch: 1 });
      await world.current.breach("192.0.2.7");
      await world.current.breach("198.51.100.1");
      expect((await world.current.api.bans(anything)).map(({ touches }) => touches)).toEqual(
        expect.arrayContaining([0, 1]),
      );
      expect((await world.current.api.status()).goodClients).toEqual({ known: 50, touched: 1, mayTouch: 1 });
    });

    it("leaves them known: of one that is lifted nothing is left, and who ran its time has to be seen anew", async () => {
      const known = async () => (await world.current.api.status()).goodClients;
      await world.current.befriend(friends);
      await world.current.breach("198.51.100.1");
      await world.current.api.lift("198.51.100.1/32", "alice");
      expect(await known()).toEqual({ known: 50, touched: 0, mayTouch: 1 });
      await world.current.run(HOUR_MS + 60_000);
      expect(await known()).toEqual({ known: 50, touched: 0, mayTouch: 1 });
      await world.current.breach("198.51.100.2");
      await world.current.run(HOUR_MS + 60_000);
      expect(await known()).toEqual({ known: 49, touched: 0, mayTouch: 1 });
      await evictDurableObject(world.current.stub);
      await world.current.api.sighted([{ client: "198.51.100.2", at: Date.now() }]);
      expect(await known()).toEqual({ known: 49, touched: 0, mayTouch: 1 });
    });

    it("is proposed to a person, who may confirm it", async () => {
      const warn = vi.spyOn(console, "warn").mockReturnValue();
      await world.current.befriend(friends);
      await world.current.breach("198.51.100.1");
      await world.current.breach("198.51.100.2");
      await world.current.breach("198.51.100.2");
      const [proposal, ...others] = await world.current.api.proposals(10);
      expect(others).toEqual([]);
      expect(proposal).toMatchObject({ cidr: "198.51.100.2/32", state: { kind: "open" }, wouldTouch: 2, mayTouch: 1 });
      expect(await world.current.api.alerts(10, null)).toMatchObject([
        { kind: "ban-proposed", proposal: proposal?.id },
      ]);
      expect(warn.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
        { event: "alert", kind: "ban-proposed", proposal: proposal?.id },
      ]);
      const confirmed = await world.current.api.confirm(proposal?.id ?? "", "alice");
      expect(confirmed).toMatchObject({ ok: true, value: { by: "alice", cidr: "198.51.100.2/32" } });
      expect(await world.current.api.confirm(proposal?.id ?? "", "bob")).toMatchObject({
        ok: false,
        error: { kind: "settled", proposal: { state: { by: "alice" } } },
      });
      await world.current.tick();
      expect(Object.keys(await world.current.blacklist())).toContain("198.51.100.2/32");
    });

    it("knows after a restart who had been seen once before it", async () => {
      await world.current.api.sighted([{ client: "198.51.100.1", at: Date.now() - 900_000 }]);
      await evictDurableObject(world.current.stub);
      await world.current.api.sighted([{ client: "198.51.100.1", at: Date.now() }]);
      expect((await world.current.api.status()).goodClients.known).toBe(1);
    });

    it("asks for more than two sights in ten minutes once the sample is older", async () => {
      await world.current.api.status();
      vi.setSystemTime(Date.now() + 3 * 86_400_000);
      await world.current.befriend(["198.51.100.1"]);
      expect((await world.current.api.status()).goodClients.known).toBe(0);
      vi.setSystemTime(Date.now() + 86_400_000);
      await world.current.befriend(["198.51.100.1"]);
      expect((await world.current.api.status()).goodClients.known).toBe(1);
    });

    it("knows them after a restart, and takes no more than 500 at once", async () => {
      await world.current.befriend(friends);
      await evictDurableObject(world.current.stub);
      expect((await world.current.api.status()).goodClients.known).toBe(50);
      await world.current.befriend(Array.from({ length: 700 }, (_, i) => `10.0.${i >> 8}.${i & 255}`));
      expect((await world.current.api.status()).goodClients.known).toBe(550);
      await world.current.api.sighted("nobody" as never);
      await world.current.api.sighted([{ client: 7 }] as never);
    });
  });
});
