import { evictDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HealthMonitor } from "../../../durable-objects/health-monitor/object.ts";
import { type BackendId, backendIdSchema } from "../../../src/table/backend.ts";
import { locationHints, type Vantage } from "../../../src/table/region.ts";
import type { Vote } from "../../../src/table/verdict.ts";
import { runAlarms } from "../alarms.ts";
import { eventually } from "../eventually.ts";
import { report, World } from "./world.ts";

const backend: BackendId = backendIdSchema.parse("use1-a");
const [first, second, third, ...rest] = locationHints;

class QuorumWorld extends World {
  static async begin(name: string): Promise<QuorumWorld> {
    const world = new QuorumWorld(name);
    await World.seeded(name);
    return world;
  }

  async say(status: Vote["status"], vantages: readonly Vantage[], said: Partial<Vote> = {}): Promise<void> {
    for (const vantage of vantages)
      await this.api.report([report(backend, { status, vantage, checkedAt: Date.now(), ...said })]);
  }

  async verdict(): Promise<string> {
    const verdict = (await this.api.verdicts()).verdicts.get(backend);
    if (!verdict) return "none";
    const { up, down, confidence } = verdict.votes;
    return `${verdict.status}: ${up} up, ${down} down, ${confidence}`;
  }

  async pass(ms: number): Promise<void> {
    vi.setSystemTime(Date.now() + ms);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2100, 0, 1) });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("the vantages' votes", () => {
  it("count one each: a lying vantage takes nothing down and holds nothing up", async () => {
    const world = await QuorumWorld.begin("liar");
    await world.say("up", locationHints);
    await world.say("down", [first]);
    expect(await world.verdict()).toBe("up: 10 up, 1 down, full");
    await world.say("down", [second, third, ...rest]);
    await world.say("up", [first]);
    expect(await world.verdict()).toBe("down: 1 up, 10 down, full");
  });

  it("decide by majority where half sees it and half does not, and a tie leaves what was", async () => {
    const world = await QuorumWorld.begin("partition");
    const [seeing, blind] = [locationHints.slice(0, 6), locationHints.slice(6)];
    await world.say("up", locationHints);
    await world.say("down", blind);
    expect(await world.verdict()).toBe("up: 6 up, 5 down, full");
    await world.say("down", seeing.slice(0, 1));
    expect(await world.verdict()).toBe("down: 5 up, 6 down, full");
  });

  it("of a vantage that is heard no more lapse, by the alarm, and the verdict with them", async () => {
    const world = await QuorumWorld.begin("lapse");
    await world.say("up", locationHints.slice(0, 5));
    await world.pass(12_000);
    await world.say("down", locationHints.slice(5, 9));
    expect(await world.verdict()).toBe("up: 5 up, 4 down, full");
    await runAlarms(world.stub, 7999);
    expect(await world.verdict()).toBe("up: 5 up, 4 down, full");
    await runAlarms(world.stub, 1);
    expect(await world.verdict()).toBe("down: 0 up, 4 down, full");
    expect((await world.published()).health.get(backend)?.status).toBe("down");
  });

  it("that are too few make a verdict that is unsure, and silence leaves it", async () => {
    const world = await QuorumWorld.begin("few");
    await world.say("up", [first, second]);
    expect(await world.verdict()).toBe("up: 2 up, 0 down, low");
    await world.pass(20_000);
    await world.runAlarm();
    expect(await world.verdict()).toBe("up: 0 up, 0 down, low");
  });

  it("are kept over a restart, so that the first who speaks does not decide alone", async () => {
    const world = await QuorumWorld.begin("restart");
    await world.say("up", locationHints);
    await world.pass(30_000);
    // Heard, and not written again.
    await world.say("up", locationHints);
    await evictDurableObject(world.stub);
    await world.pass(1000);
    await world.say("down", [first]);
    expect(await world.verdict()).toBe("up: 10 up, 1 down, full");
    // But not for ever.
    await evictDurableObject(world.stub);
    await world.pass(100_000);
    await world.say("down", [first]);
    expect(await world.verdict()).toBe("down: 0 up, 1 down, low");
  });

  it("are written when they change, and once a minute", async () => {
    const world = await QuorumWorld.begin("light");
    const writtenAt = async () => {
      const rows: number[] = [];
      for (let seconds = 0; seconds < 120; seconds += 10) {
        await world.say("up", [first]);
        rows.push(await world.count(`vote WHERE heard_at = ${Date.now()}`));
        await world.pass(10_000);
      }
      return rows;
    };
    expect(await writtenAt()).toEqual([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    await world.say("down", [first]);
    expect(await world.count(`vote WHERE heard_at = ${Date.now()}`)).toBe(1);
  });

  it("are shown by vantage, and go with the backend", async () => {
    const world = await QuorumWorld.begin("shown");
    await world.say("up", [first]);
    await world.say("down", [second]);
    const shown = (await world.api.votes([backend, "nobody"])).get(backend);
    expect(shown?.map(({ vote, heardAt }) => [vote.vantage, vote.status, heardAt])).toEqual([
      [first, "up", Date.now()],
      [second, "down", Date.now()],
    ]);
    await world.apply({ backends: { [backend]: null } });
    expect((await world.api.votes([backend])).get(backend)).toEqual([]);
    expect(await world.count("vote")).toBe(0);
  });
});

describe("a suspicion", () => {
  const told = () => vi.spyOn(HealthMonitor.prototype, "suspect").mockResolvedValue(undefined);

  it("makes all vantages look, at most once a second, and is kept as evidence", async () => {
    const world = await QuorumWorld.begin("suspicion");
    const suspect = told();
    const suspicion = { backend, detail: "5 errors in a row" };
    const unknown = { backend: backendIdSchema.parse("nobody"), detail: "" };
    const suspectedAt = Date.now();
    for (let i = 0; i < 3; i++) await world.api.suspect([suspicion, unknown]);
    await eventually(() => expect(suspect).toHaveBeenCalledTimes(locationHints.length));
    expect(suspect.mock.calls[0]).toEqual([[suspicion]]);
    expect((await world.api.verdicts()).suspectedAt).toEqual(new Map([[backend, suspectedAt]]));
    await world.pass(1000);
    await world.api.suspect([suspicion]);
    await eventually(() => expect(suspect).toHaveBeenCalledTimes(2 * locationHints.length));
    expect(await world.verdict()).toBe("none");
  });

  it("of a vantage whose check has just failed makes the others look, and is no evidence from traffic", async () => {
    const world = await QuorumWorld.begin("doubt");
    const suspect = told();
    await world.say("up", [first]);
    expect(suspect).not.toHaveBeenCalled();
    await world.say("up", [first], { confirming: true, detail: "503; failure 1 of 3" });
    await eventually(() => expect(suspect).toHaveBeenCalledTimes(locationHints.length));
    expect((await world.api.verdicts()).suspectedAt.size).toBe(0);
  });
});
