import { beforeEach, describe, expect, it } from "vitest";
import type { MitigatorApi } from "../../durable-objects/mitigator/api.ts";
import type { Proposal } from "../../src/shield/ban/proposal.ts";
import type { AddressSection } from "../../src/table/table.ts";

/** A mitigator whose table and clock tests move. */
export interface MitigatorPort {
  readonly api: Omit<MitigatorApi, "attacked">;
  /** Unix milliseconds. */
  now(): number;
  /** Lets so many milliseconds pass. */
  pass(ms: number): Promise<void>;
  /** A person puts a network on a list of the table. */
  enlist(list: AddressSection, cidr: string, expiresAt: number | null): Promise<void>;
  /** Asks a person about a ban. */
  propose(proposal: Proposal): Promise<void>;
}

/** An entry that people make. */
export const ruleOf = (list: AddressSection, expiresAt: number | null) => ({
  ...(list === "bots" ? { name: "Googlebot" } : {}),
  reason: "by hand",
  createdAt: 0,
  expiresAt,
});

const HOUR_MS = 3_600_000;
const all = { limit: 100, before: null, cidr: null, standing: false };

/** What every mitigator must do about bans and proposals; `make` gives one that knows nothing. */
export function testMitigator(make: () => Promise<MitigatorPort>): void {
  let port: MitigatorPort;
  beforeEach(async () => {
    port = await make();
  });

  const breach = (client: string) =>
    port.api.breached({ limit: "l", client, at: port.now(), seconds: 3, offered: 20, allowed: 10 });
  const befriend = async (...clients: readonly string[]) => {
    for (const age of [900_000, 0]) await port.api.sighted(clients.map((client) => ({ client, at: port.now() - age })));
  };
  const proposal = (id: string, cidr: string): Proposal => ({
    id,
    cidr,
    reason: "20 req/s",
    objection: "it holds good clients",
    evidence: { kind: "breach", limit: "l", since: port.now(), at: port.now(), seconds: 3, offered: 20, allowed: 10 },
    touches: 3,
    wouldTouch: 3,
    mayTouch: 1,
    seconds: 3600,
    madeAt: port.now(),
    state: { kind: "open" },
  });
  const states = async () => new Map((await port.api.proposals(100)).map(({ id, state }) => [id, state] as const));
  const bansOf = (cidr: string) => port.api.bans({ ...all, cidr });

  describe("a ban", () => {
    it("is of one offence, is listed, and found by any way to write its network", async () => {
      await breach("192.0.2.7");
      await breach("192.0.2.7");
      const [ban, ...others] = await port.api.bans({ ...all, standing: true });
      expect([ban?.cidr, ban?.offence, ban?.by, others]).toEqual(["192.0.2.7/32", 1, "shield", []]);
      expect(await port.api.standing("192.0.2.7")).toEqual((await port.api.ban(ban?.id ?? ""))?.standing);
      expect(await port.api.standing("192.0.2.7")).toMatchObject({
        offences: 1,
        ban: { id: ban?.id },
        nextSeconds: 7200,
        nextSecondsIfLifted: 3600,
      });
      expect((await port.api.status()).bans).toEqual({ standing: 1, addresses: 1, prefixes: 0 });
    });

    it("is listed with others by page, the newest first", async () => {
      for (const client of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) {
        await breach(client);
        await port.pass(1);
      }
      const [newest, ...rest] = await port.api.bans({ ...all, limit: 2 });
      const last = await port.api.bans({ ...all, before: rest.at(-1)?.id ?? null });
      expect([newest, ...rest, ...last].map((each) => each?.cidr)).toEqual([
        "192.0.2.3/32",
        "192.0.2.2/32",
        "192.0.2.1/32",
      ]);
      expect(await port.api.bans({ ...all, limit: 100_000 })).toHaveLength(3);
    });

    it("of nobody is not found, nor of what is no network", async () => {
      expect(await port.api.ban("none")).toBeNull();
      expect(await port.api.standing("nowhere")).toBeNull();
      expect(await port.api.standing("192.0.2.7")).toMatchObject({ offences: 0, ban: null, nextSecondsIfLifted: 3600 });
      expect(await port.api.lift("192.0.2.7", "alice")).toBeNull();
      expect(await port.api.lift("nowhere", "alice")).toBeNull();
    });

    it("is lifted once, and is no offence any more", async () => {
      await breach("192.0.2.7");
      expect(await port.api.lift("192.0.2.7", "alice")).toMatchObject({ state: { kind: "lifted", by: "alice" } });
      expect(await port.api.lift("192.0.2.7/32", "alice")).toBeNull();
      expect(await port.api.standing("192.0.2.7")).toMatchObject({ offences: 0, ban: null });
      await breach("192.0.2.7");
      expect(await port.api.bans({ ...all, standing: true })).toEqual([]);
    });

    it("stands until its time is over, which counts as an offence", async () => {
      await breach("192.0.2.7");
      await port.pass(HOUR_MS + 60_000);
      expect(await bansOf("192.0.2.7/32")).toMatchObject([{ state: { kind: "expired" } }]);
      expect(await port.api.standing("192.0.2.7")).toMatchObject({ offences: 1, ban: null, nextSeconds: 7200 });
      expect((await port.api.status()).bans.standing).toBe(0);
    });

    it("ends with the entry of a person that took its place and ends sooner, and stays an offence", async () => {
      await breach("192.0.2.7");
      const end = port.now() + HOUR_MS;
      expect(await port.api.shorten("192.0.2.7", end + 1, "alice")).toMatchObject({ expiresAt: end });
      expect(await port.api.shorten("192.0.2.7", port.now() + 20_000, "alice")).toMatchObject({ offence: 1 });
      expect(await bansOf("192.0.2.7/32")).toMatchObject([{ expiresAt: end - HOUR_MS + 20_000 }]);
      await port.pass(120_000);
      expect(await bansOf("192.0.2.7/32")).toMatchObject([{ state: { kind: "expired" } }]);
      expect(await port.api.standing("192.0.2.7")).toMatchObject({ offences: 1, ban: null, forgivenUntil: null });
      await breach("192.0.2.7");
      expect(await port.api.bans({ ...all, standing: true })).toMatchObject([{ offence: 2 }]);
      expect(await port.api.shorten("198.51.100.7", port.now(), "alice")).toBeNull();
      expect(await port.api.shorten("nowhere", port.now(), "alice")).toBeNull();
    });

    it("is not made of who is allowed, or banned by hand", async () => {
      await port.enlist("allowlist", "192.0.2.0/24", null);
      await port.enlist("blacklist", "198.51.100.0/24", null);
      await port.enlist("bots", "203.0.113.0/24", null);
      await breach("192.0.2.7");
      await port.api.proposals(1);
      await breach("198.51.100.7");
      await breach("203.0.113.7");
      expect(await port.api.bans(all)).toEqual([]);
    });
  });

  describe("good clients", () => {
    it("are counted in what is a network, of the first 20 that are asked about", async () => {
      await befriend("192.0.2.1", "192.0.2.2", "198.51.100.1");
      expect(await port.api.goodClientsIn(["192.0.2.0/24", "nonsense", "198.51.100.1/32"])).toEqual({
        known: 3,
        held: [2, 0, 1],
      });
      const many = Array.from({ length: 21 }, () => "192.0.2.1/32");
      expect((await port.api.goodClientsIn(many)).held).toHaveLength(20);
      expect((await port.api.status()).goodClients).toEqual({ known: 3, touched: 0, mayTouch: 1 });
    });

    it("are asked about where a second one of them would be banned", async () => {
      await befriend("192.0.2.1", "192.0.2.2");
      await breach("192.0.2.1");
      await breach("192.0.2.2");
      expect(await port.api.bans(all)).toMatchObject([{ cidr: "192.0.2.1/32", touches: 1 }]);
      expect(await port.api.proposals(10)).toMatchObject([{ cidr: "192.0.2.2/32", wouldTouch: 2, mayTouch: 1 }]);
    });
  });

  describe("a proposal", () => {
    it("is confirmed once: one ban, one offence, and it settles what lies in it", async () => {
      await port.propose(proposal("p1", "192.0.2.0/24"));
      await port.propose(proposal("p2", "192.0.2.7/32"));
      await port.propose(proposal("p3", "198.51.100.7/32"));
      expect((await port.api.status()).proposals).toBe(3);
      const confirmed = await port.api.confirm("p1", "alice");
      expect(confirmed).toMatchObject({ ok: true, value: { cidr: "192.0.2.0/24", by: "alice", offence: 1 } });
      const ban = confirmed.ok ? confirmed.value.id : "";
      const at = port.now();
      const overtaken = { kind: "overtaken", at, by: "alice", cidr: "192.0.2.0/24", ban };
      expect(Object.fromEntries(await states())).toEqual({
        p1: { kind: "confirmed", at, by: "alice", ban },
        p2: overtaken,
        p3: { kind: "open" },
      });
      for (const id of ["p1", "p2"])
        expect(await port.api.confirm(id, "bob")).toMatchObject({ ok: false, error: { kind: "settled" } });
      expect(await port.api.dismiss("p1", "bob")).toMatchObject({ ok: false, error: { kind: "settled" } });
      expect(await port.api.bans(all)).toHaveLength(1);
      expect(await port.api.standing("192.0.2.0/24")).toMatchObject({ offences: 1 });
    });

    it("is overtaken by the shield's own ban, and not said to be confirmed", async () => {
      await port.propose(proposal("p1", "192.0.2.7/32"));
      await breach("192.0.2.7");
      const [ban] = await bansOf("192.0.2.7/32");
      const { kind, ...state } = (await states()).get("p1") ?? {};
      expect([kind, state]).toEqual(["overtaken", { at: port.now(), by: "shield", cidr: ban?.cidr, ban: ban?.id }]);
      expect(await port.api.confirm("p1", "alice")).toMatchObject({ ok: false, error: { kind: "settled" } });
      expect(await bansOf("192.0.2.7/32")).toMatchObject([{ offence: 1 }]);
    });

    it("is confirmed for nothing where its ban stands already", async () => {
      await breach("192.0.2.7");
      // As both may have been stored by a version that left the proposal open.
      await port.propose(proposal("p1", "192.0.2.7/32"));
      expect(await port.api.confirm("p1", "alice")).toMatchObject({
        ok: false,
        error: { kind: "settled", proposal: { state: { kind: "overtaken", by: "shield" } } },
      });
      expect(await bansOf("192.0.2.7/32")).toMatchObject([{ offence: 1 }]);
      expect(await port.api.standing("192.0.2.7")).toMatchObject({ offences: 1 });
    });

    it.each([
      ["its network", "2001:db8:1:2::/64", "2001:db8:1:2::/64"],
      ["a network around it", "2001:db8:1:2::/64", "2001:db8:1::/48"],
      ["a much wider one", "192.0.2.7/32", "192.0.0.0/16"],
    ])("is overtaken by %s on the blacklist", async (_, cidr, byHand) => {
      await port.propose(proposal("p1", cidr));
      await port.propose(proposal("p2", "198.51.100.7/32"));
      await port.enlist("blacklist", byHand, null);
      const known = await states();
      expect(known.get("p1")).toEqual({ kind: "overtaken", at: port.now(), by: "people", cidr: byHand, ban: null });
      expect(known.get("p2")).toEqual({ kind: "open" });
      expect(await port.api.confirm("p1", "alice")).toMatchObject({ ok: false, error: { kind: "settled" } });
      expect(await port.api.bans(all)).toEqual([]);
    });

    it("is not overtaken by what is narrower, or over", async () => {
      await port.propose(proposal("p1", "192.0.2.0/24"));
      await port.enlist("blacklist", "192.0.2.7/32", null);
      await port.enlist("blacklist", "192.0.2.0/24", port.now() - 1);
      expect((await states()).get("p1")).toEqual({ kind: "open" });
    });

    it.each([
      ["allowlist", null],
      ["bots", "Googlebot"],
    ] as const)("is not confirmed where the list %s holds it", async (list, bot) => {
      await port.propose(proposal("p1", "192.0.2.7/32"));
      await port.enlist(list, "192.0.2.0/24", null);
      const refusal = { ok: false, error: { kind: "spared", by: { cidr: "192.0.2.0/24", bot } } };
      expect(await port.api.confirm("p1", "alice")).toEqual(refusal);
    });

    it("is dismissed once, and then not made again of the same evidence", async () => {
      await befriend("192.0.2.7", "192.0.2.8");
      await breach("192.0.2.8");
      await breach("192.0.2.7");
      const [made] = await port.api.proposals(10);
      expect(await port.api.dismiss(made?.id ?? "", "alice")).toMatchObject({
        ok: true,
        value: { state: { kind: "dismissed", by: "alice" } },
      });
      await breach("192.0.2.7");
      expect(await port.api.proposals(10)).toHaveLength(1);
      expect(await port.api.dismiss(made?.id ?? "", "bob")).toMatchObject({ ok: false, error: { kind: "settled" } });
    });

    it("that nobody knows is neither confirmed nor dismissed", async () => {
      const unknown = { ok: false, error: { kind: "unknown-proposal" } };
      expect(await port.api.confirm("none", "alice")).toEqual(unknown);
      expect(await port.api.dismiss("none", "alice")).toEqual(unknown);
    });

    it("is listed before those that are settled, the newest first", async () => {
      for (const [i, id] of ["p1", "p2", "p3"].entries()) await port.propose(proposal(id, `192.0.2.${i}/32`));
      await port.api.dismiss("p3", "alice");
      expect([...(await states()).keys()]).toEqual(["p2", "p1", "p3"]);
      expect(await port.api.proposals(2)).toHaveLength(2);
    });

    it("lapses after a day", async () => {
      await port.propose(proposal("p1", "192.0.2.7/32"));
      await port.pass(86_400_000 + 120_000);
      expect((await states()).get("p1")).toMatchObject({ kind: "lapsed" });
    });
  });
}
