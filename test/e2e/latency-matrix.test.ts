import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LatencyEntry, MeasureReply } from "../../workers/control/schema/latency.ts";
import { startWorld, type World, waitFor } from "./world/world.ts";

const ROOT = join(import.meta.dirname, "../..");
/** More than a busy machine makes of the least of five requests. */
const DELAY_MS = 300;

describe("three regions", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ regions: ["us-east-1", "eu-west-1", "eu-central-1"] });
  });
  afterAll(() => world?.stop());

  /** `novacron-traffic latency-matrix … --json`, whose exit of 1 says that something could not be measured. */
  async function latencyMatrix<T>(...args: readonly string[]): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    execFile(
      process.execPath,
      [join(ROOT, "scripts/cli/main.ts"), "traffic", "latency-matrix", "--json", ...args],
      { env: { ...process.env, NOVACRON_STATE_DIR: world.stateDir } },
      (error, out, err) => (error && out === "" ? reject(new Error(err)) : resolve(out)),
    );
    return JSON.parse(await promise);
  }
  const measure = (...args: readonly string[]) => latencyMatrix<MeasureReply["results"]>("--measure", ...args);

  it("a delay of one node shows on the paths to it, and on no other", async () => {
    await world.fault("eu-west-1-a", { latencyMs: DELAY_MS });
    const results = await measure();
    expect(results).toHaveLength(6);
    for (const { target, measured } of results) {
      const isSlow = target === "eu-west-1";
      expect(measured?.loss).toBe(0);
      expect((measured?.minMs ?? 0) >= DELAY_MS).toBe(isSlow);
      if (isSlow) expect(measured?.p50Ms).toBeGreaterThanOrEqual(DELAY_MS);
    }
    const [entry] = await latencyMatrix<LatencyEntry[]>("--source", "us-east-1", "--target", "eu-west-1");
    expect(entry?.measured["eu-west-1"]?.samples).toBeGreaterThan(0);
    expect(entry?.targets["eu-west-1"]).toBeGreaterThan(0);
  });

  it("the delay of a colo is that of the region that stands there", async () => {
    await world.fault("eu-west-1-a", { latencyMsByColo: { IAD: DELAY_MS } });
    const results = await measure("--target", "eu-west-1");
    const slow = results.filter(({ measured }) => (measured?.minMs ?? 0) >= DELAY_MS);
    expect(slow.map(({ source }) => source)).toEqual(["us-east-1"]);
  });

  it("nodes measure for nobody else", async () => {
    const { url } = world.node("us-east-1-a");
    const order = { targets: [{ region: "eu-west-1", url: world.node("eu-west-1-a").url }], count: 1 };
    const ask = (headers: Record<string, string>, origin = url) =>
      fetch(`${origin}/probe`, { method: "POST", headers, body: JSON.stringify(order) });
    expect((await ask({})).status).toBe(403);
    expect((await ask({ Authorization: `Bearer ${world.token}` })).status).toBe(403);
    expect((await ask({ Authorization: `Bearer ${world.token}` }, world.edge)).status).toBe(403);
  });

  it("the nodes measure by themselves", async () => {
    const samples = async () => {
      const entries = await latencyMatrix<LatencyEntry[]>();
      const measured = entries.flatMap((entry) => Object.values(entry.measured));
      return measured.reduce((sum, each) => sum + each.samples, 0);
    };
    const before = await samples();
    await waitFor(async () => (await samples()) > before, 30_000, "the next region's turn");
  });

  it("everything is lost on the path to a killed node", async () => {
    await world.kill("eu-central-1-a");
    const results = await measure("--source", "us-east-1", "--target", "eu-central-1");
    expect(results).toMatchObject([{ measured: { loss: 1, p50Ms: null }, error: "connection failed" }]);
  });
});
