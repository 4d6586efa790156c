import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { anomalyDetector, coloObserver } from "../../../durable-objects/stubs.ts";
import { EdgeWorld } from "../edge/world.ts";
import { eventually } from "../eventually.ts";
import { LEAST_AGE_S, useWorld } from "./world.ts";

const world = useWorld();

it("a flood at an edge is told to the mitigator within four seconds, by way of the colo's observer", async () => {
  const edge = await EdgeWorld.start(["eu-central-1"]);
  const usual = { "203.0.113.1": 20, "203.0.113.2": 20 };
  await world.current.run(LEAST_AGE_S + 30, usual);
  const startedAt = Date.now();
  while (world.current.reports.length === 0 && Date.now() < startedAt + 10_000) {
    edge.now = Date.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    edge.sleeping = promise;
    for (let i = 0; i < 240; i++)
      await edge.sendOnly("/login", { headers: { "CF-Connecting-IP": i < 40 ? "203.0.113.1" : "192.0.2.7" } });
    vi.setSystemTime(Date.now() + 1000);
    resolve();
    await edge.settle();
    const before = (await world.current.api.status()).heard;
    for (const { colo, seconds } of edge.counted.splice(0)) await coloObserver(env, colo).countTraffic(seconds);
    await eventually(async () => expect((await world.current.api.status()).heard).toBeGreaterThan(before));
    await world.current.judge();
  }
  const [report] = world.current.reports;
  expect(report).toMatchObject({ service: "api", scope: "global", direction: "flood" });
  expect((report?.at ?? 0) - startedAt).toBeLessThan(4000);
  expect(report?.culprits[0]?.client).toBe("192.0.2.7");
  expect(report?.explanations.map(({ value }) => value)).toContain("/login");
});

it("what a limit in shadow counts at an edge is what the detector of all traffic tells", async () => {
  const shadow = { rate: 1, periodSeconds: 60, burst: 1, shadow: true };
  const edge = await EdgeWorld.start(["eu-central-1"], { limits: { oops: shadow } });
  edge.now = Date.now();
  for (let i = 0; i < 20; i++) expect((await edge.send("/")).status).toBe(200);
  await edge.settle();
  for (const { colo, seconds } of edge.counted.splice(0)) await coloObserver(env, colo).countTraffic(seconds);
  await eventually(async () => {
    const counts = (await anomalyDetector(env, "global").status()).limits?.find(({ limit }) => limit === "oops");
    expect((counts?.passed ?? 0) + (counts?.wouldLimit ?? 0)).toBe(20);
    expect(counts?.wouldLimit).toBeGreaterThan(10);
  });
});
