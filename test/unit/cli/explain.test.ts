import { beforeEach, describe, expect, it } from "vitest";
import type { Course } from "../../../src/telemetry/explanation.ts";
import type { Trace } from "../../../src/telemetry/trace.ts";
import { createWorld, NOW, type World } from "../control/world.ts";
import { runIn } from "./terminal.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const cli = (name: string, ...args: string[]) =>
  runIn(world, name, args, { readFile: async () => "regions: { us-east-1: { state: draining } }\n" });

const novacron = (...args: string[]) => cli("novacron", ...args);
const american = ["--host", "api.example.com", "--country", "US", "--colo", "IAD"];

/** `FRA`, at noon. */
const ID = `0eee${Math.floor(NOW / 1000).toString(16)}${"0".repeat(20)}`;

/** A request that was traced: what is explained of it is what the API explains of one that is asked about. */
async function traced(become: Partial<Course> = {}): Promise<void> {
  const body = { host: "api.example.com", clientIp: "203.0.113.9", cf: { colo: "FRA", country: "DE" } };
  const { explanation } = (await world.call("POST", "/routes/explain", { body })).body;
  const course = { outcome: "forwarded", status: 200, tries: [], gaveUp: null, hedges: 0, totalMs: 5, backendMs: 4 };
  const occasion = (become.tries ?? []).some(({ error }) => error !== null) ? "failed" : "sampled";
  const recorded = { client: "203.0.113.9", headerKey: null, plannedAt: NOW, ejected: [] };
  const trace: Trace = {
    occasion,
    explanation: { ...explanation, requestId: ID, course: { ...course, ...become } },
    recorded,
  };
  world.traces.push(trace);
}

describe("routes explain", () => {
  it("shows the choice, the candidates and the rule that refuses each", async () => {
    const { exit, out, err } = await novacron(
      "routes",
      "explain",
      ...american,
      "--down",
      "us-west-2",
      "--draw",
      "0.25",
    );
    expect([exit, err]).toEqual([0, ""]);
    expect(out).toMatchInlineSnapshot(`
      "→ us-east-1-a in us-east-1 (epoch 1, hypothetical: us-west-2 down)

      request    GET api.example.com/
      client     127.0.0.0/24 at IAD US
      screening  passed
      service    api, policy latency, sticks by none
      residency  none
      shield     auto, and no attack asks for anything
      limits     none
      plan       stable track, health by table
      choice     by the draw 0.2500

         REGION     ESTIMATE     SOURCE    GROUP  SHARE   BACKENDS  REFUSED
      >  us-east-1  5.3 ±2.0 ms  vantages  0      100.0%  1/1
         us-west-2  8.3 ±0.7 ms  vantages  -      -       0/1       down
      "
    `);
  });

  it("tries a file and settings", async () => {
    const file = await novacron("routes", "explain", ...american, "--file", "drain.yaml", "--json");
    expect(JSON.parse(file.out).explanation.decision).toMatchObject({ kind: "chosen", region: "us-west-2" });
    const set = await novacron("routes", "explain", ...american, "--set", "weights.us-east-1=0", "--json");
    expect(JSON.parse(set.out).explanation.decision).toMatchObject({ kind: "chosen", region: "us-west-2" });
  });

  it("says of a hypothetical table that it is one, and how it differs", async () => {
    const heading = async (...args: string[]) =>
      (await novacron("routes", "explain", ...american, ...args)).out.split("\n")[0];
    expect(await heading()).toBe("→ us-east-1-a in us-east-1 (epoch 1)");
    const changed = "→ us-west-2-a in us-west-2 (epoch 1, hypothetical: 1 of its entities changed)";
    expect(await heading("--file", "drain.yaml")).toBe(changed);
    expect(await heading("--set", "weights.us-east-1=0")).toBe(changed);
    expect(await heading("--down-backend", "us-west-2-a")).toContain("(epoch 1, hypothetical: us-west-2-a down)");
  });

  it("shows a blocked request's regions as blocked", async () => {
    const body = { cidr: "203.0.113.9", reason: "port scans" };
    expect((await world.call("POST", "/blacklist", { body })).status).toBe(201);
    const { out } = await novacron("routes", "explain", ...american, "--client-ip", "203.0.113.9");
    expect(out).toContain("us-east-1  5.3 ±2.0 ms  vantages  -      -      -         blocked\n");
  });

  it("says how a recorded request would go now", async () => {
    await traced();
    const same = await novacron("routes", "explain", "--request-id", ID);
    expect(same.out).toContain("it went the same way when it came; the epoch is still 1");
    const lost = await novacron("routes", "explain", "--request-id", ID, "--down", "us-east-1");
    expect(lost.out).toContain("when it came: us-east-1-a in us-east-1");
  });

  it.each([
    ["an unknown host", ["--host", "x", "--set", "services.api.hosts=[y]"], 1, "a service that answers x/ (404"],
    ["an unknown region", [...american, "--down", "mars"], 1, "regions/mars (404"],
    ["a malformed id", ["--request-id", "x"], 1, "That is no request id"],
    ["an empty id", ["--request-id", ""], 2, "Expected the X-Request-Id of a request."],
    ["a draw that is no number", [...american, "--draw", "high"], 2, "Expected a number."],
    ["a header without a value", [...american, "--header", "x-user"], 2, "Expected name:value."],
    ["no request at all", [], 1, "/host: expected a host, or the id of a request"],
  ])("refuses %s", async (_name, args, exit, message) => {
    const refused = await novacron("routes", "explain", ...args);
    expect(refused.err).toContain(message);
    expect([refused.exit, refused.out]).toEqual([exit, ""]);
  });
});

describe("traces", () => {
  it("route-trace tells of one", async () => {
    await traced();
    const { exit, out } = await cli("novacron-traffic", "route-trace", "--request-id", ID);
    expect(exit).toBe(0);
    expect(out).toContain(
      `request ${ID} of 2026-11-23T12:00:00.000Z\n→ us-east-1-a in us-east-1, answered 200 (epoch 1)`,
    );
    expect(out).toContain("forwarded in 5 ms, of them 4 at the backend");
    const unknown = await cli("novacron-traffic", "route-trace", "--request-id", ID.replace(/0$/, "1"));
    expect([unknown.exit, unknown.err]).toMatchObject([
      1,
      expect.stringContaining("There is no trace of this request"),
    ]);
    expect((await cli("novacron-traffic", "route-trace", "--request-id", ID.toUpperCase())).out).toBe(out);
    expect((await cli("novacron-traffic", "route-trace")).exit).toBe(2);
    expect((await cli("novacron-traffic", "route-trace", "--request-id", "")).exit).toBe(2);
  });

  it("of a request that was held name by what, and where such go now", async () => {
    const held = { kind: "attack", attack: "attack-1" } as const;
    await traced({ outcome: "challenged", status: 429, held, backendMs: null });
    const [trace] = world.traces as [Trace];
    world.traces[0] = { ...trace, explanation: { ...trace.explanation, decision: { kind: "not-reached" } } };
    const { out } = await cli("novacron-traffic", "route-trace", "--request-id", ID);
    expect(out).toContain("\n→ challenged for attack attack-1, answered 429 (epoch 1)");
    expect(out).toContain("challenged for attack attack-1 in 5 ms\n");
    expect((await novacron("routes", "traces", "--colo", "FRA")).out).toContain(
      "0      challenged for attack attack-1\n",
    );
    const now = (await novacron("routes", "explain", "--request-id", ID)).out;
    expect(now).toMatch(/^request .*\n→ us-east-1-a in us-east-1 /);
    expect(now).toContain("when it came: challenged for attack attack-1; the epoch is still 1");
  });

  it("routes traces lists them", async () => {
    await traced();
    expect((await novacron("routes", "traces", "--colo", "FRA")).out).toMatchInlineSnapshot(`
      "AT                        REQUEST                           COLO  WHAT                  STATUS  TRIES  WENT TO
      2026-11-23T12:00:00.000Z  0eee6b042ac000000000000000000000  FRA   GET api.example.com/  200     0      us-east-1-a in us-east-1

      traces: 1, colos: FRA
      "
    `);
    expect((await novacron("routes", "traces", "--colo", "IAD")).out).toContain("no request was traced");
    world.omittedTraces.count = 7;
    expect((await novacron("routes", "traces", "--colo", "FRA")).out).toContain(
      "traces: 1, colos: FRA; 7 of the last hour were left out, too many at a time\n",
    );
    expect((await novacron("routes", "traces", "--colo", "FRA", "--limit", "1")).out).not.toContain("older");
    await traced();
    expect((await novacron("routes", "traces", "--colo", "FRA", "--limit", "1")).out).toMatch(
      /traces: 1, .*\n\nthere are older ones: --limit shows up to 500\n$/,
    );
  });

  const failed = { region: "us-east-1", backend: "us-east-1-a", ms: 3, error: "connect", status: null } as const;
  const answered = { region: "us-west-2", backend: "us-west-2-a", ms: 3, error: null, status: 200 } as const;
  it.each<[string, Partial<Course>, string]>([
    ["who answered at once", { tries: [{ ...answered, backend: "us-east-1-a" }] }, "1      us-east-1-a"],
    ["who answered after a failure", { tries: [failed, answered] }, "2      us-east-1-a failed → us-west-2-a"],
    [
      "whose bad answer was passed on",
      { status: 502, tries: [failed, { ...answered, error: "gateway", status: 502 }], gaveUp: "no-retries-left" },
      "2      us-east-1-a failed → us-west-2-a",
    ],
    ["that nobody answered", { outcome: "forward-failed", status: 502, tries: [failed] }, "1      us-east-1-a failed"],
    ["that ended before any try", { outcome: "forward-failed", status: 504 }, "0      failed"],
  ])("routes traces tells %s", async (_name, course, expected) => {
    await traced(course);
    const [, row = ""] = (await novacron("routes", "traces", "--colo", "FRA")).out.split("\n");
    expect(row.endsWith(`  ${expected}`)).toBe(true);
  });

  it("routes traces lists those of one outcome", async () => {
    await traced({ tries: [failed, answered] });
    const list = (...args: string[]) => novacron("routes", "traces", "--colo", "FRA", ...args);
    expect((await list("--retried")).out).toContain(ID);
    expect((await list("--failed")).out).not.toContain(ID);
    expect((await list("--refused")).out).not.toContain(ID);
    expect(await list("--failed", "--refused")).toMatchObject({ exit: 2, out: "" });
  });

  it("replay shows each decision that changes, and why", async () => {
    await traced();
    const { out } = await cli("novacron-traffic", "replay", "--down", "us-east-1", "--colo", "FRA");
    expect(out).toMatchInlineSnapshot(`
      "at epoch 1; 1 of 1 recorded decisions change

      FROM       TO         REQUESTS
      us-east-1  us-west-2  1

      REQUEST                           COLO  WHAT              FROM                      TO                        WHY
      0eee6b042ac000000000000000000000  FRA   api.example.com/  us-east-1-a in us-east-1  us-west-2-a in us-west-2  us-east-1: down
      "
    `);
    const nothing = await cli("novacron-traffic", "replay", "--colo", "FRA");
    expect(nothing.out).toBe("at epoch 1; 0 of 1 recorded decisions change\n");
  });
});
