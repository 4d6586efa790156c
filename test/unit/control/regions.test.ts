import { beforeEach, describe, expect, it } from "vitest";
import type { RegionStatus } from "../../../durable-objects/region-watch/api.ts";
import type { Incident } from "../../../src/failover/incident.ts";
import { runIn } from "../cli/terminal.ts";
import { createWorld, NOW, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const failed: RegionStatus = {
  region: "us-east-1",
  state: "failed",
  since: NOW - 60_000,
  reasons: [
    { kind: "trigger", trigger: "errors", detail: "9 % of 500 requests in 20 s failed; 5 % may" },
    { kind: "load", part: "cpu", value: 0.9, target: 0.7 },
  ],
  backends: { up: 1, total: 1 },
  load: null,
  requests: 500,
  errorRate: 0.09,
  p95Ms: 80,
  trigger: { kind: "errors", since: NOW - 120_000, detail: "9 % of 500 requests in 20 s failed; 5 % may" },
  progress: [
    { kind: "checks", since: null, neededMs: 0, fired: false, detail: "0 of 1 backends are down" },
    { kind: "errors", since: NOW - 120_000, neededMs: 60_000, fired: true, detail: "9 %" },
    { kind: "latency", since: NOW - 5000, neededMs: 120_000, fired: false, detail: "slow" },
  ],
};

const incident = (number: number, change: Partial<Incident> = {}): Incident => ({
  id: `00000000${number}-us-east-1`,
  region: "us-east-1",
  openedAt: NOW - 60_000,
  cause: { kind: "checks", since: NOW - 65_000, detail: "its one backend is down" },
  evidence: { backends: { up: 0, total: 1 }, load: null, requests: 0, errorRate: null, p95Ms: null },
  actions: [{ at: NOW - 60_000, what: "the region is failed" }],
  closedAt: null,
  ...change,
});

describe("what a region is held to be", () => {
  it("is shown beside the verdicts on its backends, with its reasons in words", async () => {
    world.watch.statuses = [failed];
    const { body } = await world.call("GET", "/health/regions/us-east-1");
    expect(body.observed).toMatchObject({
      state: "failed",
      since: "2026-11-23T11:59:00.000Z",
      reasons: ["9 % of 500 requests in 20 s failed; 5 % may", "cpu at 90 %, over 70 %"],
      requests: 500,
      errorRate: 0.09,
      trigger: { kind: "errors", since: "2026-11-23T11:58:00.000Z" },
    });
    expect(body.observed.triggers.map((each: { kind: string; fired: boolean }) => [each.kind, each.fired])).toEqual([
      ["checks", false],
      ["errors", true],
      ["latency", false],
    ]);
    const list = await world.call("GET", "/health/regions");
    expect(list.body.items.map((each: { observed: unknown }) => each.observed !== null)).toEqual([true, false]);
  });

  it("is missing while who watches cannot be reached, and the rest is shown", async () => {
    world.watch.statuses = null;
    const { status, body } = await world.call("GET", "/health/regions/us-east-1");
    expect([status, body.observed, body.backends.length]).toEqual([200, null, 1]);
    expect(world.logged.map(({ message }) => message)).toEqual(["the watch of the regions cannot be reached"]);
  });

  it("has a history", async () => {
    world.transitions.push(
      { at: NOW - 60_000, from: "degraded", to: "failed", reasons: failed.reasons },
      { at: NOW - 7_200_000, from: "active", to: "degraded", reasons: [] },
    );
    const { body } = await world.call("GET", "/health/regions/us-east-1?since=1h");
    expect(body.transitions).toEqual([
      {
        at: "2026-11-23T11:59:00.000Z",
        from: "degraded",
        to: "failed",
        reasons: ["9 % of 500 requests in 20 s failed; 5 % may", "cpu at 90 %, over 70 %"],
      },
    ]);
    expect((await world.call("GET", "/health/regions/us-east-1")).body).not.toHaveProperty("transitions");
  });
});

describe("incidents", () => {
  beforeEach(() => {
    world.incidents.push(
      incident(3),
      incident(2, { region: "us-west-2", closedAt: NOW - 1000 }),
      incident(1, { closedAt: NOW - 2000 }),
    );
  });
  const idsOf = (body: { items: readonly { id: string }[] }) => body.items.map(({ id }) => Number(id.slice(0, 9)));

  it.each([
    ["all", "", [3, 2, 1]],
    ["of a region", "?region=us-east-1", [3, 1]],
    ["that are open", "?state=open", [3]],
    ["that are open in a region", "?state=open&region=us-west-2", []],
  ])("%s", async (_, query, ids) => {
    const { status, body } = await world.call("GET", `/incidents${query}`);
    expect([status, idsOf(body)]).toEqual([200, ids]);
  });

  it("in pages", async () => {
    const first = await world.call("GET", "/incidents?limit=2");
    expect(idsOf(first.body)).toEqual([3, 2]);
    const second = await world.call("GET", `/incidents?limit=2&cursor=${first.body.cursor}`);
    expect([idsOf(second.body), second.body.cursor]).toEqual([[1], undefined]);
  });

  it.each(["?state=closed", "?region=A%20B", "?limit=0", "?colour=red"])("refuses %s", async (query) => {
    expect((await world.call("GET", `/incidents${query}`)).status).toBe(422);
  });

  it("are listed on a terminal", async () => {
    const { exit, out } = await runIn(world, "novacron-region", ["incidents", "--open"]);
    expect([exit, out]).toEqual([
      0,
      `INCIDENT             REGION     OPENED                    CLOSED  CAUSE   DETAIL                   LAST
000000003-us-east-1  us-east-1  2026-11-23T11:59:00.000Z  open    checks  its one backend is down  the region is failed
`,
    ]);
    const own = await runIn(world, "novacron-region", ["incidents", "--region", "us-east-1", "--limit", "1"]);
    expect(own.out).toContain("2026-11-23T11:59:00.000Z  the region is failed");
    expect(own.out).toMatch(/\n\nthere are older ones: --limit shows up to 500\n$/);
    world.incidents.splice(0);
    expect((await runIn(world, "novacron-region", ["incidents"])).out).toBe("there is no incident\n");
    expect((await runIn(world, "novacron-region", ["incidents", "--limit", "0"])).exit).toBe(2);
  });

  it("that are open are shown with the health of the regions", async () => {
    world.watch.statuses = [failed];
    const whole = await runIn(world, "novacron-region", ["health"]);
    expect(whole.out).toContain("000000003-us-east-1");
    expect(whole.out).not.toContain("000000001-us-east-1");
    const { exit, out } = await runIn(world, "novacron-region", ["health", "--region", "us-east-1"]);
    expect(exit).toBe(0);
    const lines = out.split("\n");
    expect(lines[1]).toContain("failed");
    expect(lines.slice(3, 9)).toEqual([
      "state    failed since 2026-11-23T11:59:00.000Z: 9 % of 500 requests in 20 s failed; 5 % may; cpu at 90 %, over 70 %",
      "traffic  in 20 s: 500 requests, 9 % failed, p95 80 ms",
      "",
      "TRIGGER  HOLDS    SINCE                     FOR  DETAIL",
      "checks   no       -                         0s   0 of 1 backends are down",
      "errors   holds    2026-11-23T11:58:00.000Z  1m   9 %",
    ]);
    expect(lines[9]).toBe("latency  not yet  2026-11-23T11:59:55.000Z  2m   slow");
  });
});
