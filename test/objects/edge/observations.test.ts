import { describe, expect, it } from "vitest";
import { EdgeWorld, FRANKFURT, type Handler, ok, refused, status } from "./world.ts";

const regions = ["eu-central-1", "eu-west-1", "us-east-1"];
const isProbe = ({ request }: EdgeWorld["calls"][number]) => request.headers.get("user-agent") === "novacron-edge/1";

/** An edge that has reported once, and reports with the next request. */
async function reporting(patch: object = {}): Promise<EdgeWorld> {
  const world = await EdgeWorld.start(regions, patch);
  // Traces wait for one another, and here that would be time.
  await world.apply({ services: { api: { tracePercent: 0 } } });
  // As it sleeps between two measurements.
  world.sleepPasses = (ms) => ms === 1000;
  await world.send();
  world.now += 1000;
  await world.send();
  expect(world.reports).toHaveLength(1);
  world.reports.splice(0);
  world.now += 10_000;
  return world;
}

/** Traffic of one place, until it is reported. */
async function sendUntilReported(world: EdgeWorld, cf: object): Promise<void> {
  const before = world.reports.length;
  for (let i = 0; i < 100 && world.reports.length === before; i++) {
    await world.send("/", { cf });
    world.now += 500;
  }
}

/** A backend so many milliseconds away, which says that it took so many of them itself. */
const away =
  (world: EdgeWorld, ms: number, serverTiming = ""): Handler =>
  () => {
    world.now += ms;
    return new Response("ok", { headers: serverTiming === "" ? {} : { "Server-Timing": serverTiming } });
  };

describe("a report", () => {
  it("comes soon after the first request of a colo, and then every ten seconds", async () => {
    const world = await EdgeWorld.start(regions);
    for (let i = 0; i < 300; i++) {
      await world.send();
      world.now += 100;
    }
    expect(world.reports).toHaveLength(3);
    const counted = world.reports.flatMap(({ report }) => report.demand).reduce((sum, each) => sum + each.requests, 0);
    expect(counted).toBeGreaterThan(200);
    expect(world.reports[0]?.colo).toBe("FRA");
  });

  it("counts what residency refuses, and not what is blocked", async () => {
    const world = await reporting({
      blacklist: { "198.51.100.0/24": { reason: "x", createdAt: 1, expiresAt: null } },
      services: { api: { residency: "required" } },
    });
    expect((await world.send("/", { headers: { "CF-Connecting-IP": "198.51.100.7" } })).status).toBe(403);
    world.now += 250;
    expect((await world.send("/", { cf: { ...FRANKFURT, country: "XX" } })).status).toBe(451);
    expect(world.reports.flatMap(({ report }) => report.demand)).toEqual([
      { service: "api", country: null, requests: 1 },
    ]);
  });

  it("asks for the regions that might be the fastest", async () => {
    const world = await EdgeWorld.start(["eu-west-2", "eu-west-1", "us-east-1"]);
    const cf = { country: "IS", continent: "EU", colo: "KEF", latitude: "64", longitude: "-22.6" };
    await world.send("/", { cf });
    world.now += 1000;
    await world.send("/", { cf });
    expect(world.reports[0]?.report.wanted).toEqual(expect.arrayContaining(["eu-west-1", "eu-west-2"]));
    expect(world.reports[0]?.report.wanted).not.toContain("ap-southeast-2");
  });

  it.each([
    ["is in maintenance", { regions: { "eu-central-1": { state: "maintenance" } } }],
    ["takes no new clients", { regions: { "eu-central-1": { dialPercent: 0 } } }],
    ["has no backend that does", { backends: { "eu-central-1-a": { state: "draining" } } }],
  ])("asks for no region that %s", async (_, patch) => {
    const world = await EdgeWorld.start(regions, patch);
    await world.send();
    world.now += 1000;
    await world.send();
    expect(world.reports.map(({ report }) => report.wanted)).toEqual([["eu-west-1"]]);
  });

  it("asks for none where the policy does not go by latency", async () => {
    const world = await EdgeWorld.start(regions, { services: { api: { policy: "weighted" } } });
    await world.send();
    world.now += 1000;
    await world.send();
    expect(world.reports.map(({ report }) => report.wanted)).toEqual([[]]);
  });

  it("that cannot be sent costs nothing but itself", async () => {
    const world = await reporting();
    world.observerUnreachable = true;
    expect((await world.send()).status).toBe(200);
    world.now += 5000;
    world.observerUnreachable = false;
    await world.send();
    expect(world.reports).toEqual([]);
    world.now += 5000;
    await world.send();
    expect(world.reports).toHaveLength(1);
  });

  it("is of each colo apart, and of no place that has none", async () => {
    const world = await EdgeWorld.start(regions);
    const { colo: _, ...nowhere } = FRANKFURT;
    const send = async () => {
      await world.send();
      await world.send("/", { cf: { ...FRANKFURT, colo: "CDG", country: "FR" } });
      await world.send("/", { cf: nowhere });
    };
    await send();
    world.now += 1000;
    await send();
    expect(world.reports.map(({ colo }) => colo)).toEqual(["FRA", "CDG"]);
    expect(world.reports[1]?.report.demand).toEqual([{ service: "api", country: "FR", requests: 1 }]);
  });
});

describe("a sample of traffic", () => {
  /** Sends a request to a backend that is 60 ms away, and gives what was reported of it. */
  async function sampled(world: EdgeWorld, handler: Handler, init: Parameters<EdgeWorld["send"]>[1] = {}) {
    world.handlers.set("eu-central-1-a", handler);
    await world.send("/", init);
    world.now += 20_000;
    world.handlers.set("eu-central-1-a", status(500));
    await world.send();
    return world.reports.flatMap(({ report }) => report.samples);
  }

  it("is the time to the first byte, less what the backend took itself", async () => {
    const world = await reporting();
    const samples = await sampled(world, away(world, 60, 'app;desc="x";dur=12.5'), {
      cf: { ...FRANKFURT, asn: 3320 },
    });
    expect(samples).toMatchObject([{ region: "eu-central-1", ms: 47.5, asn: 3320, country: "DE" }]);
  });

  it("does not heed what the client says", async () => {
    const world = await reporting();
    const samples = await sampled(world, away(world, 60), { headers: { "Server-Timing": "node;dur=59" } });
    expect(samples).toMatchObject([{ ms: 60 }]);
  });

  it("is taken once a second", async () => {
    const world = await reporting();
    for (const backend of regions) world.handlers.set(`${backend}-a`, away(world, 60));
    for (let i = 0; i < 50; i++) {
      await world.send();
      world.now += 40;
    }
    world.now += 10_000;
    await world.send();
    // Five seconds of traffic, and the request that carries the report.
    expect(world.reports.flatMap(({ report }) => report.samples)).toHaveLength(6);
  });

  it.each([
    ["with a body", { method: "POST", body: "x" }, {}, 200],
    ["that failed", {}, {}, 500],
    ["that might have been hedged", {}, { services: { api: { hedgeAfterMs: 5000 } } }, 200],
  ])("is not taken of a request %s", async (_, init, patch, code) => {
    const world = await reporting(patch);
    const handler: Handler = () => {
      world.now += 60;
      return new Response("x", { status: code });
    };
    expect(await sampled(world, handler, init)).toEqual([]);
  });

  it.each([
    ["where its client is", { latitude: "-33.9", longitude: "151.2" }],
    ["in the country of its client", { country: "AU" }],
  ])("is not shorter than light takes, from a colo that is in no list and taken to be %s", async (_, cf) => {
    const world = await reporting();
    for (const region of regions) world.handlers.set(`${region}-a`, away(world, 60, "node;dur=59"));
    await sendUntilReported(world, { colo: "XQQ", ...cf });
    const [sample] = world.reports.flatMap(({ report }) => report.samples);
    expect(sample?.ms).toBeGreaterThan(90);
  });

  it("is not taken, nor asked for, where nobody knows the place of the colo", async () => {
    const world = await reporting();
    for (const region of regions) world.handlers.set(`${region}-a`, away(world, 60, "node;dur=59"));
    await sendUntilReported(world, { colo: "XQQ" });
    expect(world.reports.map(({ colo, report }) => [colo, report.samples, report.wanted])).toEqual([["XQQ", [], []]]);
    world.reports.splice(0);
    await sendUntilReported(world, { colo: "XQQ", country: "DE" });
    expect(world.reports.flatMap(({ report }) => report.samples)).not.toEqual([]);
    expect(world.reports.flatMap(({ report }) => report.wanted)).not.toEqual([]);
  });

  it.each([
    ["takes longer than it was given", 10_000, ""],
    ["says to have taken longer than it did", 60, "node;dur=61"],
  ])("is not taken of a backend that %s", async (_, ms, serverTiming) => {
    const world = await reporting();
    expect(await sampled(world, away(world, ms, serverTiming))).toEqual([]);
  });
});

describe("what the observer asks for", () => {
  it("is measured in the background, and reported when it is done", async () => {
    const world = await reporting();
    world.handlers.set("us-east-1-a", away(world, 90, "node;dur=1"));
    world.series = [{ region: "us-east-1", times: 4 }];
    await world.send();
    world.now += 250;
    await world.send();
    expect(world.calls.filter(isProbe).map(({ backend }) => backend)).toEqual(Array(4).fill("us-east-1-a"));
    world.now += 250;
    await world.send();
    expect(world.reports).toHaveLength(2);
    const samples = world.reports[1]?.report.samples.filter(({ region }) => region === "us-east-1");
    expect(samples?.map(({ ms, asn, country }) => [ms, asn, country])).toEqual(Array(3).fill([89, null, null]));
  });

  it("is measured one after the other, and no more is asked for until all is done", async () => {
    const world = await reporting();
    world.series = [
      { region: "us-east-1", times: 2 },
      { region: "eu-west-1", times: 2 },
    ];
    for (let i = 0; i < 6; i++) {
      await world.send();
      world.now += 250;
    }
    const probed = world.calls.filter(isProbe).map(({ backend }) => backend);
    expect(probed).toEqual(["us-east-1-a", "us-east-1-a", "eu-west-1-a", "eu-west-1-a"]);
    expect(world.reports.map(({ report }) => report.wanted.length > 0)).toEqual([true, false, true]);
  });

  it.each([
    ["nobody knows", "atlantis-1"],
    ["has no backend", "sa-east-1"],
    ["takes no traffic", "eu-west-1"],
  ])("is passed over when it is a region that %s", async (_, region) => {
    const world = await reporting({ backends: { "eu-west-1-a": { state: "draining" } } });
    world.series = [{ region, times: 4 }];
    for (let i = 0; i < 4; i++) {
      expect((await world.send()).status).toBe(200);
      world.now += 250;
    }
    expect(world.calls.filter(isProbe)).toEqual([]);
  });

  it("that was lost with its request does not hold up the next report for ever", async () => {
    const world = await reporting();
    const hanging = Promise.withResolvers<Response>();
    world.handlers.set("us-east-1-a", () => hanging.promise);
    world.series = [{ region: "us-east-1", times: 2 }];
    await world.send();
    world.now += 250;
    await world.sendOnly();
    world.now += 31_000;
    await world.sendOnly();
    expect(world.reports).toHaveLength(1);
    world.now += 1001;
    await world.sendOnly();
    expect(world.reports).toHaveLength(2);
    hanging.resolve(new Response("late"));
    await world.send();
  });
});

it("an edge takes no colo for another when there are many", async () => {
  const world = await EdgeWorld.start(regions);
  world.handlers.set("eu-central-1-a", ok);
  const letters = [..."ABCDEFGHIJ"];
  const colos = letters.flatMap((a) => letters.map((b) => `X${a}${b}`));
  for (const colo of colos) await world.send("/", { cf: { ...FRANKFURT, colo } });
  world.now += 1000;
  await world.send("/", { cf: { ...FRANKFURT, colo: "XJJ" } });
  // The last ones, since memory is for 64.
  const told = world.reports.map(({ colo }) => colo);
  expect(told).toEqual(colos.slice(-told.length));
  expect(told.length).toBeGreaterThan(58);
  expect(told.length).toBeLessThanOrEqual(64);
});

describe("what tries come to", () => {
  const failing = async () => {
    const world = await reporting();
    for (const region of regions) world.handlers.set(`${region}-a`, status(500));
    return world;
  };
  const trafficOf = (world: EdgeWorld) => world.reports.flatMap(({ report }) => report.traffic ?? []);
  const rowOf = (world: EdgeWorld, region: string) =>
    trafficOf(world).flatMap(({ rows }) => rows.filter((row) => row.region === region));

  it("is counted by region, retries too, and told with the report", async () => {
    const world = await reporting();
    world.handlers.set("eu-central-1-a", status(503));
    world.handlers.set("eu-west-1-a", away(world, 60));
    await world.send();
    world.now += 10_000;
    await world.send();
    // The first request was told with the report that it carried.
    expect(rowOf(world, "eu-central-1").map(({ failures }) => failures)).toEqual([1, 1]);
    expect(rowOf(world, "eu-west-1")[0]?.latency).toEqual([[24, 1]]);
  });

  it("is a failure where nobody answers", async () => {
    const world = await reporting();
    world.handlers.set("eu-central-1-a", refused);
    await world.send();
    expect(rowOf(world, "eu-central-1")).toEqual([{ region: "eu-central-1", failures: 1, latency: [] }]);
  });

  it("is told each second while too much fails, and so for ten seconds more", async () => {
    const world = await failing();
    // The traces of what failed wait too, and here that would be time.
    world.sleepPasses = () => false;
    const sendFor = async (ms: number) => {
      for (let sent = 0; sent < ms; sent += 100) {
        await world.send();
        world.now += 100;
      }
    };
    await sendFor(5000);
    const during = world.reports.length;
    expect(during).toBeGreaterThanOrEqual(4);
    expect(during).toBeLessThanOrEqual(5);
    expect(trafficOf(world).some(({ urgent }) => urgent)).toBe(true);
    for (const region of regions) world.handlers.set(`${region}-a`, ok);
    await sendFor(9000);
    expect(world.reports.length - during).toBeGreaterThanOrEqual(7);
    world.reports.splice(0);
    await sendFor(30_000);
    expect(world.reports.length).toBeLessThanOrEqual(5);
    expect(trafficOf(world).at(-1)?.urgent).toBe(false);
  });

  it("is sent again, the same, until it has arrived, and what comes meanwhile is lost neither", async () => {
    const world = await reporting();
    world.observerUnreachable = true;
    for (let i = 0; i < 3; i++) {
      await world.send();
      world.now += 10_000;
    }
    world.observerUnreachable = false;
    for (let i = 0; i < 2; i++) {
      await world.send();
      world.now += 10_000;
    }
    const batches = trafficOf(world);
    expect(batches.map(({ rows }) => rows[0]?.latency.reduce((sum, [, count]) => sum + count, 0))).toEqual([1, 4]);
    expect(new Set(batches.map(({ sender }) => sender)).size).toBe(1);
    expect((batches[1]?.sequence ?? 0) > (batches[0]?.sequence ?? 0)).toBe(true);
  });
});
