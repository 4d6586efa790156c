import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Explanation } from "../../src/telemetry/explanation.ts";
import type { ExplainReply, ReplayReply, TracesReply } from "../../workers/control/schema/explanation.ts";
import type { RegionHealth } from "../../workers/control/schema/health.ts";
import { change } from "./world/change.ts";
import { type PlaceName, places, startWorld, type World, waitFor } from "./world/world.ts";

const REQUESTS = 1000;
const CLIENTS = 20;
/** A trace is found so long after its request. */
const FOUND_WITHIN_MS = 5000;
/** Until the checks of a node that has died, or that runs again, have told the table. */
const NOTICED_WITHIN_MS = 60_000;

const regions = ["us-east-1", "sa-east-1", "eu-central-1", "ap-northeast-1"] as const satisfies readonly PlaceName[];
const nodes = ["a", "b", "c"];
const [CANARY, MORTAL] = ["us-east-1-c", "eu-central-1-a"];

/** The regions by their distance from where clients are: beside each of them, and where none is. */
const byDistance = {
  "us-east-1": ["us-east-1", "eu-central-1", "sa-east-1", "ap-northeast-1"],
  "sa-east-1": ["sa-east-1", "us-east-1", "eu-central-1", "ap-northeast-1"],
  "eu-central-1": ["eu-central-1", "us-east-1", "sa-east-1", "ap-northeast-1"],
  "ap-northeast-1": ["ap-northeast-1", "us-east-1", "eu-central-1", "sa-east-1"],
  "ap-southeast-2": ["ap-northeast-1", "us-east-1", "eu-central-1", "sa-east-1"],
} as const satisfies Partial<Record<PlaceName, readonly PlaceName[]>>;
/** To the nearest, and from each to the next: no sample of a busy machine puts two on a par. No road is faster than light. */
const [NEAREST_MS, STEP_MS] = [60, 100];

/**
 * The roads as the table has them, by row and region. Nodes are truly that far away, so that what is learned, whenever that
 * is, changes the order of no regions between a request and its repetition.
 */
const roads = Object.fromEntries(
  Object.entries(byDistance).map(([place, order]) => [
    `colo:${places[place as PlaceName].colo}`,
    Object.fromEntries(order.map((region, rank) => [region, NEAREST_MS + rank * STEP_MS])),
  ]),
);

/** Sets a node as far from each colo as its region is; a node that has started anew has forgotten it. */
function setDistance(world: World, region: string, node: string): Promise<void> {
  const latencyMsByColo = Object.fromEntries(
    Object.entries(roads).map(([row, roundTrips]) => [row.slice("colo:".length), roundTrips[region]]),
  );
  return world.fault(`${region}-${node}`, { latencyMsByColo });
}

/** A failing node is ejected soon; no decision depends on the load of this machine, nor on how long a node has run. */
const terms = {
  tracePercent: 100,
  exposeDecision: true,
  ejectAfterErrors: 2,
  slowStartSeconds: 0,
  shedAbovePercent: 100,
} as const;

/** Beside the plain service that answers every other host. */
const services = {
  api: terms,
  canary: { ...terms, hosts: ["canary.test"], policy: "weighted", canaryPercent: 20 },
  cookie: { ...terms, hosts: ["cookie.test"], policy: "weighted", affinity: { kind: "cookie" } },
  header: { ...terms, hosts: ["header.test"], policy: "weighted", affinity: { kind: "header", name: "x-user" } },
  turns: { ...terms, hosts: ["turns.test"], policy: "round-robin" },
};
const hosts = ["plain.test", "canary.test", "cookie.test", "header.test", "turns.test"];

interface Answer {
  readonly status: number;
  readonly id: string;
  readonly backend: string;
  /** `name=value`, where one was set. */
  readonly cookie: string | null;
}

/** A client's request for a host of its choice, which `fetch` does not let it have. */
function ask(world: World, host: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const { hostname, port } = new URL(world.edge);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request({ hostname, port, path: "/", headers: { ...headers, host } }, (response) => {
    const field = (name: string) => `${response.headers[name] ?? ""}`;
    const cookie = response.headers["set-cookie"]?.[0]?.split(";")[0] ?? null;
    const answer = { id: field("x-request-id"), backend: field("x-novacron-backend"), cookie };
    response.on("end", () => resolve({ status: response.statusCode ?? 0, ...answer })).resume();
  });
  sent.on("error", reject).end();
  return promise;
}

const inParallel = (work: () => Promise<void>) => Promise.all(Array.from({ length: CLIENTS }, work));

describe("a settled world", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ regions, nodes: nodes.length });
    await Promise.all(regions.flatMap((region) => nodes.map((node) => setDistance(world, region, node))));
    const patch = { backends: { [CANARY]: { track: "canary" } }, services, latency: roads };
    await change(world, patch);
  });
  afterAll(() => world?.stop());

  const traceOf = (id: string) => world.api("GET", `/routes/traces/${id}`);
  const found = (id: string) =>
    waitFor(
      async () => {
        const { status, body } = await traceOf(id);
        return status === 200 && (body as Explanation);
      },
      FOUND_WITHIN_MS,
      `the trace of ${id}`,
    );

  /** Who has answered, by the ids of the requests. */
  async function sendMixed(count: number): Promise<Map<string, string>> {
    const taken = new Map<string, string>();
    const cookies = new Map<number, string>();
    let next = 0;
    await inParallel(async () => {
      for (let i = next++; i < count; i = next++) {
        const [host = "", user] = [hosts[i % hosts.length], i % 50];
        const cookie = cookies.get(user);
        const answer = await ask(world, host, {
          "MF-CF-Blob": JSON.stringify(places[regions[i % regions.length] as PlaceName]),
          "CF-Connecting-IP": `203.0.113.${i % 250}`,
          "X-User": `user ${user}`,
          ...(cookie === undefined ? {} : { Cookie: cookie }),
        });
        expect(answer.status).toBe(200);
        if (answer.cookie !== null) cookies.set(user, answer.cookie);
        taken.set(answer.id, answer.backend);
      }
    });
    expect(taken.size).toBe(count);
    return taken;
  }

  /** Those that are not decided again as they were. */
  async function differing(recorded: readonly Explanation[]): Promise<unknown[]> {
    const left = [...recorded];
    const different: unknown[] = [];
    await inParallel(async () => {
      for (let before = left.pop(); before !== undefined; before = left.pop()) {
        const { status, body } = await world.api("POST", "/routes/explain", { requestId: before.requestId });
        expect(status, JSON.stringify(body)).toBe(200);
        const { explanation, agrees } = body as ExplainReply;
        const isSame = JSON.stringify(explanation.decision) === JSON.stringify(before.decision);
        if (!agrees || !isSame) different.push({ before, again: explanation.decision });
      }
    });
    return different;
  }

  /** Until every vantage is of one mind, so that no late vote moves the table any more. */
  const tableSays = (status: "up" | "down") =>
    waitFor(
      async () => {
        const { body } = await world.api("GET", "/health/regions/eu-central-1");
        const mortal = (body as RegionHealth).backends.find(({ id }) => id === MORTAL);
        return mortal?.status === status && mortal.votes?.[status === "up" ? "down" : "up"] === 0;
      },
      NOTICED_WITHIN_MS,
      `the table to say that ${MORTAL} is ${status}`,
    );

  it(`explains ${REQUESTS} requests by the decisions that were taken, also while a node dies`, async () => {
    const taken = await sendMixed(REQUESTS / 2);
    await world.kill(MORTAL);
    for (const [id, backend] of await sendMixed(REQUESTS / 4)) taken.set(id, backend);
    await tableSays("down");
    for (const [id, backend] of await sendMixed(REQUESTS / 4)) taken.set(id, backend);

    const recorded: Explanation[] = [];
    const left = [...taken];
    await inParallel(async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const [id, backend] = next;
        const trace = await found(id);
        recorded.push(trace);
        const { decision, course } = trace;
        // A decision names who was tried first, and the course who has answered.
        expect(course?.tries.at(-1)?.backend).toBe(backend);
        expect(decision).toMatchObject({ kind: "chosen", backend: course?.tries[0]?.backend });
      }
    });
    const count = (is: (trace: Explanation) => boolean) => recorded.filter(is).length;
    expect(count(({ course }) => (course?.tries.length ?? 0) > 1)).toBeGreaterThan(0);
    expect(count((trace) => unableOf(trace, "ejected") > 0)).toBeGreaterThan(0);
    for (const reason of ["policy", "affinity", "canary"])
      expect(count(({ decision }) => decision.kind === "chosen" && decision.reason === reason)).toBeGreaterThan(0);

    // Each is explained by the table that it was decided under: while the node is down there, or when it is up again.
    const isKnownDown = (trace: Explanation) => unableOf(trace, "down") > 0;
    expect(await differing(recorded.filter(isKnownDown))).toEqual([]);
    await world.startNode(MORTAL);
    // While no edge asks it yet.
    await setDistance(world, "eu-central-1", "a");
    await tableSays("up");
    expect(await differing(recorded.filter((trace) => !isKnownDown(trace)))).toEqual([]);
  });

  it("names what changes when a region is lost: in an explanation and in a replay", async () => {
    // From where nobody else has asked, to a region where no node has died.
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const response = await world.get("/orders?token=geheim", { place: "ap-southeast-2" });
        await response.arrayBuffer();
        return response.headers.get("x-request-id") ?? "";
      }),
    );
    await Promise.all(ids.map(found));
    const [id = ""] = ids;
    const trace = (await traceOf(id)).body as Explanation;
    expect(trace).toMatchObject({ request: { path: "/orders" }, decision: { region: "ap-northeast-1" } });
    expect(JSON.stringify(trace)).not.toContain("geheim");
    const down = { regions: ["ap-northeast-1"] };
    const explained = await world.api("POST", "/routes/explain", { requestId: id, down });
    const { agrees, explanation } = explained.body as ExplainReply;
    expect(agrees).toBe(false);
    expect(explanation.candidates).toContainEqual(
      expect.objectContaining({ region: "ap-northeast-1", kind: "refused", reason: "down" }),
    );
    const { status, body } = await world.api("POST", "/routes/replay", { down, colo: "SYD", limit: 20 });
    expect(status, JSON.stringify(body)).toBe(200);
    const replayed = body as ReplayReply;
    expect(replayed.changes).toBe(20);
    expect(new Set(replayed.items.map(({ why }) => why))).toEqual(new Set(["ap-northeast-1: down"]));
  });

  it("tells a malformed, an unknown and an expired id apart, and lists what is there", async () => {
    const recent = (await world.api("GET", "/routes/traces?colo=FRA&limit=5")).body as TracesReply;
    expect(recent.items).toHaveLength(5);
    const id = recent.items[0]?.requestId ?? "";
    const unknown = id.slice(0, 12) + "0".repeat(20);
    const twoHoursAgo = (Number.parseInt(id.slice(4, 12), 16) - 7200).toString(16);
    const expired = id.slice(0, 4) + twoHoursAgo + "0".repeat(20);
    const answers = await Promise.all(["no-id", unknown, expired].map(traceOf));
    expect(answers.map(({ status }) => status)).toEqual([400, 404, 410]);
  });
});

/** Backends of all regions that are kept out for a reason. */
const unableOf = ({ candidates }: Explanation, reason: "down" | "ejected"): number =>
  candidates.reduce((sum, { unable }) => sum + (unable[reason] ?? 0), 0);
