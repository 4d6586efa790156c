import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { stages } from "../../../src/failover/stage.ts";
import { useNodes, World } from "./world.ts";

const world = new World();
useNodes(world);
beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  await world.seeded();
});

const wish = { from: "us-east-1", to: "us-west-2", reason: "a drill", requestedBy: "ann", force: false };

describe("a failover that somebody asks for", () => {
  it("goes through all stages and is in the table", async () => {
    const started = await world.api.start(wish);
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    const record = await world.until(started.value.id, ({ status }) => status !== "running");
    expect(record.status).toBe("failed-over");
    expect(record.stages.map(({ stage, outcome }) => [stage, outcome])).toEqual(stages.map((stage) => [stage, "done"]));
    expect(await world.failovers()).toMatchObject(
      new Map([["us-east-1", { phase: "failed-over", percent: 0, targets: [{ region: "us-west-2", share: 1 }] }]]),
    );
    const verified = await world.api.verify("us-east-1");
    expect(verified).toMatchObject({ failover: record.id });
    // The guide asks the region that has taken the traffic.
    expect(await world.api.verify("us-west-2")).toEqual(verified);
    expect(await world.api.verify("eu-west-1")).toEqual({ failover: null, checks: [] });
  });

  it("is rolled back when its targets do not answer, and the region has its traffic again", async () => {
    world.silent.add("us-west-2");
    const started = await world.api.start(wish);
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    const record = await world.until(started.value.id, ({ status }) => status !== "running");
    // By who asks them, or by the checks, whichever is first.
    expect(record.status).toBe("rolled-back");
    expect(record.failure).toMatch(/^validate: us-west-2 (does not answer|down)/);
    // The one that is silent may have been failed over by itself in the meantime.
    expect((await world.failovers()).has("us-east-1")).toBe(false);
  });

  it("is refused while another has the region", async () => {
    const started = await world.api.start(wish);
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    expect(await world.api.start(wish)).toMatchObject({
      ok: false,
      error: { kind: "in-progress", id: started.value.id },
    });
    await world.until(started.value.id, ({ status }) => status === "failed-over");
  });
});
