import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExplainReply } from "../../workers/control/schema/explanation.ts";
import { type ClientPlace, startWorld, type World, waitFor } from "./world/world.ts";

/** Traffic of one place goes on at this pace. */
const EVERY_MS = 100;
/** The measurements of a region that must do for a place to find the fastest. */
const MAX_PROBES = 20;
/** What a loaded machine adds to a round trip. */
const MACHINE_MS = 15;
/** So many answers in a row from one region, and traffic is said to be there. */
const SETTLED = 20;

const regions = ["us-east-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-west-1", "eu-central-1"] as const;
type Delays = Readonly<Record<(typeof regions)[number], number>>;

/** Where clients are, and how far the regions truly are from there: nowhere is the fastest the one that is guessed. */
const distant = {
  bogota: {
    place: { country: "CO", continent: "SA", colo: "BOG", latitude: "4.7", longitude: "-74.1", asn: 10_620 },
    truth: "sa-east-1",
    delays: delays({ "sa-east-1": 45, "ca-central-1": 90, "us-east-1": 130 }),
  },
  reykjavik: {
    place: { country: "IS", continent: "EU", colo: "KEF", latitude: "64.0", longitude: "-22.6", asn: 6677 },
    truth: "eu-central-1",
    delays: delays({ "eu-central-1": 40, "ca-central-1": 90, "eu-west-1": 140 }),
  },
  lima: {
    place: { country: "PE", continent: "SA", colo: "LIM", latitude: "-12.0", longitude: "-77.1", asn: 6147 },
    truth: "us-west-2",
    delays: delays({ "us-west-2": 60, "us-east-1": 110, "sa-east-1": 160 }),
  },
} as const satisfies Record<string, { place: ClientPlace; truth: string; delays: Delays }>;

const frankfurt = {
  place: { country: "DE", continent: "EU", colo: "FRA", latitude: "50.1", longitude: "8.7", asn: 3320 },
  delays: delays({ "eu-central-1": 10, "eu-west-1": 60 }),
} as const;

/** What is not named is too far to matter. */
function delays(near: Partial<Delays>): Delays {
  return Object.fromEntries(regions.map((region) => [region, near[region] ?? 250])) as Delays;
}

/** Steady traffic from one place, until it is ended. */
class Traffic {
  /** The regions that have answered, in order of the requests' ends. */
  readonly answers: string[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #open = new Set<Promise<void>>();

  constructor(world: World, place: ClientPlace) {
    this.#timer = setInterval(() => {
      const done: Promise<void> = ask(world, place).then((region) => {
        this.answers.push(region);
        this.#open.delete(done);
      });
      this.#open.add(done);
    }, EVERY_MS);
  }

  async settles(region: string, timeoutMs: number): Promise<void> {
    const isThere = () =>
      this.answers.length >= SETTLED && this.answers.slice(-SETTLED).every((each) => each === region);
    await waitFor(isThere, timeoutMs, `traffic to go to ${region}`).catch((error) => {
      throw new Error(`${error.message}; it went to ${this.answers.slice(-SETTLED)}`);
    });
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }
}

/** Which region has answered, else the status. */
async function ask(world: World, place: ClientPlace): Promise<string> {
  const response = await world.get("/", { place });
  await response.arrayBuffer();
  return (response.status === 200 && response.headers.get("x-novacron-region")) || `${response.status}`;
}

type Estimate = ExplainReply["explanation"]["candidates"][number]["estimate"];

/** What the table holds of the roads from a place, by region. */
async function estimatesAt(world: World, cf: ClientPlace): Promise<ReadonlyMap<string, Estimate>> {
  const { status, body } = await world.api("POST", "/routes/explain", { host: "example.test", cf });
  expect(status, JSON.stringify(body)).toBe(200);
  const { candidates } = (body as ExplainReply).explanation;
  return new Map(candidates.map(({ region, estimate }) => [region, estimate]));
}

/** Gives each node its distances from all colos; some may differ from what they are at first. */
async function setRoads(world: World, changed: Readonly<Record<string, Delays>> = {}): Promise<void> {
  const byColo = new Map<string, Delays>(Object.values(distant).map((each) => [each.place.colo, each.delays]));
  byColo.set(frankfurt.place.colo, frankfurt.delays);
  for (const [colo, each] of Object.entries(changed)) byColo.set(colo, each);
  await Promise.all(
    regions.map((region) => {
      const latencyMsByColo = Object.fromEntries([...byColo].map(([colo, each]) => [colo, each[region]]));
      return world.fault(`${region}-a`, { latencyMsByColo });
    }),
  );
}

describe("an edge that learns", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ regions });
    await setRoads(world);
  });
  afterAll(() => world?.stop());

  it.concurrent.each(Object.entries(distant))(
    "finds the fastest region for %s, which is not the one that is guessed",
    async (_, { place, truth, delays }) => {
      const traffic = new Traffic(world, place);
      try {
        await waitFor(() => traffic.answers.length > 0, 5000, "the first answer");
        expect(traffic.answers[0]).not.toBe(truth);
        await traffic.settles(truth, 90_000);
        // On the way there no request has failed.
        expect(traffic.answers.filter((region) => !(region in delays))).toEqual([]);
        const estimates = await estimatesAt(world, place);
        const found = estimates.get(truth);
        expect(found).toMatchObject({ source: "learned" });
        expect(Math.abs((found?.ms ?? 0) - delays[truth])).toBeLessThan(MACHINE_MS);
        // What traffic goes to measures itself too; there has been little of it yet where it is now.
        const measured = [...estimates].filter(([region]) => region === truth || !traffic.answers.includes(region));
        for (const [region, { samples }] of measured) expect(samples, region).toBeLessThanOrEqual(MAX_PROBES);
      } finally {
        await traffic.end();
      }
    },
  );

  it.concurrent("leaves a region that becomes slow within a minute, and comes back", async () => {
    const traffic = new Traffic(world, frankfurt.place);
    try {
      await waitFor(() => traffic.answers.length >= 150, 30_000, "some traffic");
      await traffic.settles("eu-central-1", 10_000);
      await setRoads(world, { FRA: { ...frankfurt.delays, "eu-central-1": frankfurt.delays["eu-central-1"] + 300 } });
      await traffic.settles("eu-west-1", 60_000);
      await setRoads(world);
      await traffic.settles("eu-central-1", 90_000);
    } finally {
      await traffic.end();
    }
  }, 240_000);

  it("has its traffic on record, for simulations", async () => {
    const simulate = async () => {
      const args = [
        "scripts/cli/main.ts",
        "traffic",
        "simulate",
        "--population",
        "traffic",
        "--down",
        "sa-east-1",
        "--json",
      ];
      const env = { ...process.env, NOVACRON_STATE_DIR: world.stateDir };
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      return JSON.parse(stdout) as { changed: { items: { place: { colo: string } }[] } };
    };
    const { changed } = await waitFor(simulate, 60_000, "traffic on record");
    // What was learned counts in simulations too: only there is that region the fastest.
    expect(changed.items.map(({ place }) => place.colo)).toEqual([distant.bogota.place.colo]);
  });
});
