import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FailoverReply } from "../../workers/control/schema/failover.ts";
import type { RegionHealth } from "../../workers/control/schema/health.ts";
import { startWorld, type World, waitFor } from "./world/world.ts";

const REGIONS = ["us-east-1", "us-west-2", "ca-central-1", "eu-west-1"];
const PLACE = "us-east-1";

let stateDir: string;
let world: World;
beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "novacron-failover-"));
  world = await startWorld({ regions: REGIONS, nodes: 2, stateDir });
  const quick = { holdDownSeconds: 1, stepSeconds: 1 };
  const patch = { regions: Object.fromEntries(REGIONS.map((id) => [id, { failback: quick }])) };
  expect(await world.api("POST", "/table/apply", patch)).toMatchObject({ status: 200 });
});
afterEach(async () => {
  await world?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

async function begin(): Promise<FailoverReply> {
  const begun = await world.api("POST", "/failovers", { from: PLACE, to: "us-west-2", reason: "a drill" });
  expect(begun, JSON.stringify(begun.body)).toMatchObject({ status: 201 });
  return begun.body as FailoverReply;
}

const until = ({ id }: FailoverReply, status: FailoverReply["status"]) =>
  waitFor(
    async () => {
      const { body } = await world.api("GET", `/failovers/${id}`);
      const failover = body as FailoverReply;
      if (failover.status !== status) throw new Error(`it is ${JSON.stringify({ ...failover, plan: null })}`);
      return failover;
    },
    90_000,
    `the failover to be ${status}`,
  );

/** Waits until the checks have found the region so. */
const checked = (status: RegionHealth["status"]) =>
  waitFor(
    async () => ((await world.api("GET", `/health/regions/${PLACE}`)).body as RegionHealth).status === status,
    30_000,
    `${PLACE} to be ${status}`,
  );

/** Where a client beside the region is served, `null` where nowhere. */
async function servedIn(): Promise<string | null> {
  const response = await world.get("/", { place: PLACE });
  await response.arrayBuffer();
  return response.ok ? response.headers.get("x-novacron-region") : null;
}

const servedOnlyIn = (region: string) =>
  waitFor(async () => (await servedIn()) === region, 10_000, `clients to be served in ${region}`);

/** Clients that ask all the time until told to stop, and how many of their requests failed. */
function load() {
  let isOver = false;
  const counts = { asked: 0, lost: 0 };
  const client = async () => {
    while (!isOver) {
      counts.asked += 1;
      if ((await servedIn().catch(() => null)) === null) counts.lost += 1;
    }
  };
  const clients = Promise.all(Array.from({ length: 4 }, client));
  return async () => {
    isOver = true;
    await clients;
    return counts;
  };
}

describe("the failover of a region", () => {
  it("whose processes are all killed loses no GET, and gives it its traffic back step by step", async () => {
    const manual = { regions: { [PLACE]: { failover: { automatic: false } } } };
    expect(await world.api("POST", "/table/apply", manual)).toMatchObject({ status: 200 });
    await servedOnlyIn(PLACE);
    const stop = load();
    await Promise.all([world.kill("us-east-1-a"), world.kill("us-east-1-b")]);
    await checked("down");
    const failedOver = await until(await begin(), "failed-over");
    expect(failedOver.stages.map(({ stage, outcome }) => `${stage} ${outcome}`)).toEqual([
      "detect done",
      "select done",
      "dns done",
      "shift done",
      "validate done",
    ]);
    for (const { tookMs, budgetMs, stage } of failedOver.stages) expect(tookMs, stage).toBeLessThan(budgetMs);
    await servedOnlyIn("us-west-2");
    const validated = await world.api("POST", "/failovers/validate", { region: PLACE });
    expect(validated.body).toMatchObject({ failover: failedOver.id, ok: true });

    await Promise.all([world.startNode("us-east-1-a"), world.startNode("us-east-1-b")]);
    await checked("up");
    expect(await world.api("POST", `/failovers/${failedOver.id}/failback`)).toMatchObject({ status: 200 });
    const returned = await until(failedOver, "returned");
    const steps = returned.events.map(({ detail }) => /^\d+ %/.exec(detail)?.[0]).filter((step) => step !== undefined);
    expect(steps).toEqual(["5 %", "25 %", "50 %", "100 %"]);
    await servedOnlyIn(PLACE);
    const { asked, lost } = await stop();
    expect(lost).toBe(0);
    expect(asked).toBeGreaterThan(100);
  });

  it("begins and ends by itself, and nobody is lost", async () => {
    await servedOnlyIn(PLACE);
    const stop = load();
    await Promise.all([world.kill("us-east-1-a"), world.kill("us-east-1-b")]);
    const begun = await waitFor(
      async () => {
        const { body } = await world.api("GET", "/failovers");
        return (body as { readonly items: readonly FailoverReply[] }).items.find(({ from }) => from === PLACE);
      },
      60_000,
      "a failover",
    );
    expect(begun.trigger.kind).toBe("checks");
    await until(begun, "failed-over");
    await Promise.all([world.startNode("us-east-1-a"), world.startNode("us-east-1-b")]);
    await until(begun, "returned");
    await servedOnlyIn(PLACE);
    expect((await stop()).lost).toBe(0);
  });

  it("goes on where everything is killed in the middle of it", async () => {
    const begun = await begin();
    await world.killEverything();
    world = await startWorld({ regions: REGIONS, nodes: 2, stateDir });
    await until(begun, "failed-over");
    await servedOnlyIn("us-west-2");
  });
});
