import { beforeEach, describe, expect, it } from "vitest";
import type { Defence } from "../../../src/table/defence.ts";
import { attackReplySchema } from "../../../workers/control/schema/attack.ts";
import { shieldStatusSchema } from "../../../workers/control/schema/mitigation.ts";
import { attack, proposal } from "./attacks.ts";
import { banIn, defendBy } from "./shield.ts";
import { createWorld, NOW, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const banned = (cidr: string) => banIn(world, cidr);
const defend = (level: Defence["level"]) => defendBy(world, level);

describe("attacks", () => {
  it("are listed page by page, the newest first, without their timelines", async () => {
    world.mitigator.records.push(...["attack-3", "attack-2", "attack-1"].map((id) => attack(id)));
    const first = await world.call("GET", "/shield/attacks?limit=2");
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(["attack-3", "attack-2"]);
    expect(first.body.items[0].timeline).toBeUndefined();
    const second = await world.call("GET", `/shield/attacks?limit=2&cursor=${first.body.cursor}`);
    expect(second.body).toMatchObject({ items: [{ id: "attack-1" }] });
    expect(second.body.cursor).toBeUndefined();
    expect((await world.call("GET", "/shield/attacks?limit=500")).body.items).toHaveLength(3);
  });

  it.each([
    ["open", ["attack-2"]],
    ["ended", ["attack-1"]],
    ["all", ["attack-2", "attack-1"]],
  ])("that are %s", async (state, ids) => {
    world.mitigator.records.push(attack("attack-2"), attack("attack-1", { state: "over", endedAt: NOW }));
    const { body } = await world.call("GET", `/shield/attacks?state=${state}&service=api`);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect((await world.call("GET", `/shield/attacks?state=${state}&service=shop`)).status).toBe(404);
  });

  it("are none on a service that there is, and there were some on one that is gone", async () => {
    expect((await world.call("GET", "/shield/attacks?service=api")).body.items).toEqual([]);
    world.mitigator.records.push(attack("attack-1", { service: "shop" }));
    expect((await world.call("GET", "/shield/attacks?service=shop")).body.items).toHaveLength(1);
    world.mitigator.records.splice(0, 1, attack("attack-1", { service: "shop", state: "over", endedAt: NOW }));
    const open = await world.call("GET", "/shield/attacks?service=shop&state=open");
    expect(open).toMatchObject({ status: 200, body: { items: [] } });
    expect((await world.call("GET", "/shield/attacks?service=shop&state=ended")).body.items).toHaveLength(1);
    expect((await world.call("GET", "/shield/attacks/attack-1")).body).toMatchObject({ service: "shop" });
  });

  it("have a timeline of what was seen, decided and done", async () => {
    world.mitigator.records.push(attack("attack-1"));
    const { status, body } = await world.call("GET", "/shield/attacks/attack-1");
    expect(status).toBe(200);
    const { timeline, scopes } = attackReplySchema.parse(body);
    expect(timeline.map(({ at, kind }) => [at, kind])).toEqual([
      ["2026-11-23T11:59:50.000Z", "seen"],
      ["2026-11-23T11:59:52.000Z", "decided"],
      ["2026-11-23T11:59:52.100Z", "done"],
    ]);
    expect(scopes.global).toMatchObject({ state: "ongoing", at: "2026-11-23T12:00:00.000Z" });
    expect((await world.call("GET", "/shield/attacks/none")).status).toBe(404);
  });

  it("make alerts", async () => {
    const about = { service: "api", attack: "attack-1", proposal: null, text: "an attack on api" };
    world.mitigator.told.push({ id: "alert-1", at: NOW, kind: "attack-started", severity: "critical", ...about });
    expect((await world.call("GET", "/shield/alerts")).body.items).toMatchObject([
      { kind: "attack-started", at: "2026-11-23T12:00:00.000Z" },
    ]);
  });

  it("make alerts, which are listed since a time, page by page", async () => {
    const about = {
      kind: "attack-started",
      severity: "critical",
      service: "api",
      attack: "a",
      proposal: null,
    } as const;
    for (const age of [0, 1, 2, 3, 4])
      world.mitigator.told.push({ id: `alert-${9 - age}`, at: NOW - age * 60_000, ...about, text: `${age} min ago` });
    const list = async (query: string) => (await world.call("GET", `/shield/alerts?${query}`)).body;
    const first = await list("since=2m&limit=2");
    expect(first.items.map(({ text }: { text: string }) => text)).toEqual(["0 min ago", "1 min ago"]);
    expect(await list(`since=2m&limit=2&cursor=${first.cursor}`)).toEqual({
      items: [expect.objectContaining({ text: "2 min ago" })],
    });
    expect((await list("since=2026-11-23T11:59:00Z")).items).toHaveLength(2);
    expect((await world.call("GET", "/shield/alerts?since=yesterday")).status).toBe(422);
  });
});

describe("the status", () => {
  it("of a quiet world", async () => {
    const { body } = await world.call("GET", "/shield/status");
    expect(shieldStatusSchema.parse(body)).toMatchObject({
      services: [],
      observed: 1,
      policies: { enforced: 0, logging: 0 },
      mitigator: { attacks: [], proposals: 0 },
      blacklist: { shield: 0, people: 0 },
    });
  });

  it("under attack", async () => {
    world.mitigator.records.push(attack("attack-1"));
    await defend("limit");
    await banned("203.0.113.9/32");
    await world.call("POST", "/blacklist", { body: { cidr: "198.51.100.1", reason: "r" } });
    await world.call("POST", "/shield/policies", { body: { id: "counted", shadow: true } });
    const { body } = await world.call("GET", "/shield/status");
    expect(body).toMatchObject({
      services: [{ service: "api", mode: "auto", level: "limit", automatic: { attack: "attack-1" } }],
      observed: 0,
      policies: { enforced: 0, logging: 1 },
      mitigator: { attacks: [{ id: "attack-1" }], bans: { standing: 1, addresses: 1 } },
      blacklist: { shield: 1, people: 1 },
    });
  });

  it("says whether the detector may act yet", async () => {
    const total = {
      dimension: "total",
      value: "",
      event: null,
      rate: 90,
      expected: 100,
      sigmas: -0.5,
      age: 30,
      mayAct: false,
    };
    world.detector.status = async () => ({
      scope: "global",
      heard: 0,
      refused: { limited: 7 },
      late: 0,
      blocked: 0,
      services: [
        { service: "api", attack: null, series: [total] },
        { service: "new", attack: null, series: [] },
      ],
    });
    const { body } = await world.call("GET", "/shield/status");
    expect(body.detector).toMatchObject([
      { service: "api", mayAct: false, observedSeconds: 30, actual: 90, expected: 100 },
      { service: "new", mayAct: false, observedSeconds: 0, expected: null },
    ]);
    world.detector.status = () => Promise.reject(new Error("Network connection lost."));
    expect((await world.call("GET", "/shield/status")).body.detector).toBeNull();
  });

  it("says what the table knows when the mitigator cannot be reached", async () => {
    world.mitigator.unreachable = true;
    const { status, body } = await world.call("GET", "/shield/status");
    expect([status, body.mitigator, body.observed]).toEqual([200, null, 1]);
    expect((await world.call("GET", "/shield/attacks")).status).toBe(503);
  });
});

describe("a proposal", () => {
  beforeEach(() => {
    world.mitigator.propose(proposal("proposal-1", "203.0.113.0/24"));
  });

  it("waits for a person, who confirms it", async () => {
    expect((await world.call("GET", "/shield/proposals")).body.items).toMatchObject([
      { id: "proposal-1", state: "open", objection: expect.any(String) },
    ]);
    const confirmed = await world.call("POST", "/shield/proposals/proposal-1/confirm");
    expect(confirmed).toMatchObject({ status: 200, body: { cidr: "203.0.113.0/24", by: "admin" } });
    expect(JSON.stringify(await world.audit.read(1, 100))).toContain("proposals/proposal-1");
    expect(await world.call("POST", "/shield/proposals/proposal-1/dismiss")).toMatchObject({
      status: 409,
      body: { type: "/problems/proposal-settled", detail: "admin confirmed it" },
    });
  });

  it("or dismisses it", async () => {
    const dismissed = await world.call("POST", "/shield/proposals/proposal-1/dismiss");
    expect(dismissed.body).toMatchObject({
      state: "dismissed",
      settledBy: "admin",
      settlement: "admin dismissed it",
      ban: null,
    });
    expect((await world.call("POST", "/shield/proposals/none/dismiss")).status).toBe(404);
  });

  it("waits for nobody once it is banned by hand, by the shield, or with a network around it, which is said", async () => {
    world.mitigator.propose(proposal("proposal-2", "192.0.2.7/32"));
    world.mitigator.propose(proposal("proposal-3", "198.51.100.7/32"));
    await world.call("POST", "/blacklist", { body: { cidr: "203.0.112.0/22", reason: "ours" } });
    await world.mitigator.breached({ limit: "l", client: "192.0.2.7", at: NOW, seconds: 3, offered: 9, allowed: 1 });
    const { items } = (await world.call("GET", "/shield/proposals")).body;
    type Item = { state: string; settledBy: string; settlement: string };
    expect(items.map(({ state, settledBy, settlement }: Item) => [state, settledBy, settlement])).toEqual([
      ["open", null, null],
      ["overtaken", "shield", "the shield banned it before anybody answered"],
      ["overtaken", "people", "people put 203.0.112.0/22, which holds it, on the blacklist before anybody answered"],
    ]);
    expect((await world.call("POST", "/shield/proposals/proposal-1/confirm")).body).toMatchObject({
      type: "/problems/proposal-settled",
      detail: items[2].settlement,
    });
  });

  it("to ban whoever confirms it needs force", async () => {
    const headers = { "CF-Connecting-IP": "203.0.113.77" };
    const path = "/shield/proposals/proposal-1/confirm";
    expect((await world.call("POST", path, { headers })).body.type).toBe("/problems/own-address");
    expect((await world.call("POST", `${path}?force=true`, { headers })).status).toBe(200);
  });
});
