import { beforeEach, describe, expect, it } from "vitest";
import { createWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const wish = { from: "us-east-1", to: "us-west-2", reason: "a drill" };
const start = (body: object = wish) => world.call("POST", "/failovers", { body });

describe("a failover", () => {
  it("is planned without anything being moved", async () => {
    const before = await world.state();
    const { status, body } = await world.call("POST", "/failovers/plan", { body: { from: "us-east-1" } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ from: "us-east-1", targets: [{ region: "us-west-2", share: 1 }], stranded: 0 });
    expect(body.regions.find(({ region }: { region: string }) => region === "us-west-2").after.share).toBeCloseTo(1);
    expect(await world.state()).toBe(before);
  });

  it("is begun, found, listed, and goes into the audit log", async () => {
    const begun = await start();
    expect(begun.status).toBe(201);
    expect(begun.headers.get("Location")).toBe("/api/v1/failovers/failover-1");
    expect(begun.body).toMatchObject({ status: "running", reason: "a drill", trigger: { kind: "manual" } });
    await world.failovers.complete("failover-1");
    const found = await world.call("GET", "/failovers/failover-1");
    expect(found.body).toMatchObject({
      status: "failed-over",
      stages: [{ stage: "detect", budgetMs: 30_000 }, {}, {}, {}, {}],
    });
    expect((await world.call("GET", "/failovers")).body.items).toEqual([found.body]);
    expect(JSON.stringify(await world.audit.read(1, 100))).toContain("failovers/failover-1");
  });

  it("is listed page by page, the newest first", async () => {
    await start();
    await world.failovers.complete("failover-1");
    await start({ ...wish, from: "us-west-2", to: "us-east-1" });
    const first = await world.call("GET", "/failovers?limit=1");
    expect(first.body.items).toMatchObject([{ id: "failover-2" }]);
    const second = await world.call("GET", `/failovers?limit=1&cursor=${first.body.cursor}`);
    expect(second.body.items).toMatchObject([{ id: "failover-1" }]);
    expect(second.body.cursor).toBeUndefined();
    expect((await world.call("GET", "/failovers?cursor=bWFycw")).status).toBe(422);
  });

  it("is let back once it is failed over", async () => {
    await start();
    expect(await world.call("POST", "/failovers/failover-1/failback")).toMatchObject({
      status: 409,
      body: { type: "/problems/not-failed-over", detail: "the failover is running" },
    });
    await world.failovers.complete("failover-1");
    const allowed = await world.call("POST", "/failovers/failover-1/failback");
    expect(allowed.body.failback).toMatchObject({ kind: "holding", approvedAt: expect.any(String) });
  });

  it("is validated", async () => {
    const body = { region: "us-east-1" };
    expect((await world.call("POST", "/failovers/validate", { body })).body).toMatchObject({
      failover: null,
      ok: false,
    });
    await start();
    await world.failovers.complete("failover-1");
    expect((await world.call("POST", "/failovers/validate", { body })).body).toMatchObject({ ok: true });
  });
});

describe("what is refused", () => {
  it.each<[string, object, number, string]>([
    ["a region that is not there", { ...wish, from: "mars" }, 404, "absent"],
    ["a target that is not there", { ...wish, to: "mars" }, 404, "absent"],
    ["a region as its own target", { ...wish, to: "us-east-1" }, 422, "no-failover-target"],
    ["no reason", { ...wish, reason: " " }, 422, "invalid"],
    ["an unknown field", { ...wish, now: true }, 422, "invalid"],
  ])("%s", async (_, body, status, kind) => {
    expect(await start(body)).toMatchObject({ status, body: { type: `/problems/${kind}` } });
    expect(world.failovers.records).toEqual([]);
  });

  it("a second failover of the region", async () => {
    await start();
    expect(await start()).toMatchObject({
      status: 409,
      body: { type: "/problems/failover-in-progress", detail: "failovers/failover-1" },
    });
  });

  it.each([
    ["GET", "/failovers/none"],
    ["POST", "/failovers/none/failback"],
  ])("%s %s, which is not there", async (method, path) => {
    expect((await world.call(method, path)).status).toBe(404);
  });
});
