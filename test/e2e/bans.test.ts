import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AddressRuleEntry } from "../../workers/control/schema/address-rule.ts";
import type { BannedReply, BanReply } from "../../workers/control/schema/ban.ts";
import { change } from "./world/change.ts";
import { novacron } from "./world/cli.ts";
import { GOOD_CLIENTS, goodClients } from "./world/good-clients.ts";
import { PacedLoad } from "./world/paced-load.ts";
import { startWorld, type World, waitFor } from "./world/world.ts";

const REGIONS = ["us-east-1", "eu-central-1"];
const EDGES = 5;
/** From the first request of a flood to the first 403. */
const BANNED_WITHIN_MS = 5000;
/** From the first 403 of one edge until all of them have the ban. */
const EVERYWHERE_WITHIN_MS = 2000;

let stateDir: string;
let world: World;
beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "novacron-ban-"));
  world = await startWorld({ regions: REGIONS, edges: EDGES, stateDir });
});
afterEach(async () => {
  await world?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

const statusOf = async (ip: string, isolate = 0): Promise<number> => {
  const response = await world.get("/", { ip, isolate });
  await response.arrayBuffer();
  return response.status;
};

describe("a flood from one address among fifty good clients", () => {
  it("is limited at once and banned within 5 s; good clients lose nothing; the ban outlives a crash, and ends", async () => {
    await change(world, { limits: { "per-client": { rate: 20, burst: 20, banAfterSeconds: 1 } } });
    const attacker = "203.0.113.66";
    const good = goodClients(world);
    await waitFor(() => good.answers.length > 2 * GOOD_CLIENTS, 30_000, "the good clients to be at it");

    const flood = new PacedLoad(world, 150, (number) => ({
      ip: attacker,
      place: "us-east-1",
      isolate: number % EDGES,
    }));
    const limited = await waitFor(() => flood.first(429), 5000, "the limit");
    expect(limited.answeredAt - flood.startedAt).toBeLessThan(1500);
    expect(limited.headers?.get("retry-after")).toMatch(/^[1-9]\d*$/);
    expect(limited.headers?.get("ratelimit-policy")).toBe('"per-client";q=20;w=1');
    expect(limited.headers?.get("ratelimit")).toMatch(/^"per-client";r=0;t=[1-9]\d*$/);
    expect(limited.headers?.get("content-type")).toContain("application/problem+json");

    const banned = await waitFor(() => flood.first(403), 15_000, "the ban");
    expect(banned.answeredAt - flood.startedAt).toBeLessThan(BANNED_WITHIN_MS);
    const everywhereAt = banned.answeredAt + EVERYWHERE_WITHIN_MS;
    await waitFor(() => (flood.answers.at(-1)?.sentAt ?? 0) > everywhereAt + 1000, 10_000, "some seconds more");
    await flood.stop();
    await good.stop();
    const after = flood.answers.filter(({ sentAt }) => sentAt > everywhereAt);
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([403]));
    expect(good.lost.map(({ status }) => status)).toEqual([]);

    await explains(attacker);
    await outlivesCrash(attacker);
    await isLifted(attacker);
  }, 240_000);

  /** The API and the CLI say why it was banned, and for how long. */
  async function explains(attacker: string): Promise<void> {
    const known = await world.read<BannedReply>(`/shield/bans/${attacker}`);
    expect(known).toMatchObject({ cidr: `${attacker}/32`, madeBy: "shield", coveredBy: [], allowlistedBy: null });
    expect(known.ban).toMatchObject({ state: "in-force", by: "shield", offence: 1 });
    const { evidence, decidedAt, expiresAt } = known.ban as BanReply;
    expect(Date.parse(expiresAt) - Date.parse(decidedAt)).toBe(3_600_000);
    if (evidence.kind === "breach") {
      expect(evidence).toMatchObject({ limit: "per-client", allowed: 20 });
      expect(evidence.offered).toBeGreaterThan(20);
      expect(evidence.seconds).toBeGreaterThanOrEqual(1);
    } else expect(evidence.perSecond).toBeGreaterThan(evidence.usualPerSecond);

    const bans = await novacron<readonly BanReply[]>(world.stateDir, "shield", "bans");
    expect(bans.map(({ cidr }) => cidr)).toEqual([`${attacker}/32`]);
    const listed = await novacron<readonly AddressRuleEntry[]>(world.stateDir, "blacklist", "ls");
    expect(listed).toMatchObject([{ cidr: `${attacker}/32`, ban: known.ban?.id }]);
    expect(listed[0]?.reason).toContain("per-client");
  }

  /** So does a person's, which ends when it is time. */
  async function outlivesCrash(attacker: string): Promise<void> {
    const brief = "203.0.113.77";
    const made = await world.api("POST", "/blacklist", { cidr: brief, reason: "a drill", ttlSeconds: 45 });
    expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201 });
    await waitFor(async () => (await statusOf(brief)) === 403, 2000, "the ban by hand");
    await world.killEverything();
    world = await startWorld({ regions: REGIONS, edges: EDGES, stateDir });
    for (const isolate of Array(EDGES).keys()) expect(await statusOf(attacker, isolate)).toBe(403);
    expect(await statusOf(brief)).toBe(403);
    await waitFor(async () => (await statusOf(brief)) === 200, 60_000, "the end of the ban by hand");
    const { endsAt } = { endsAt: Date.parse((made.body as AddressRuleEntry).expiresAt ?? "") };
    expect(Date.now()).toBeGreaterThanOrEqual(endsAt);
    expect(await statusOf(attacker)).toBe(403);
    await waitFor(
      async () => (await novacron<readonly AddressRuleEntry[]>(world.stateDir, "blacklist", "ls")).length === 1,
      10_000,
      "the blacklist to hold the shield's ban alone",
    );
  }

  async function isLifted(attacker: string): Promise<void> {
    const lifted = await novacron<{ readonly removed: string; readonly banned: BannedReply }>(
      world.stateDir,
      "shield",
      "unban",
      attacker,
      "--yes",
    );
    expect(lifted.removed).toBe(`${attacker}/32`);
    expect(lifted.banned.ifLifted.length).toBeGreaterThan(0);
    expect(lifted.banned.standing).toMatchObject({ offences: 1, nextSeconds: 7200, nextSecondsIfLifted: 3600 });
    await waitFor(async () => (await statusOf(attacker)) === 200, 2000, "the address to be served");
    expect(await world.read<BannedReply>(`/shield/bans/${attacker}`)).toMatchObject({
      entry: null,
      ban: { state: "lifted" },
    });
  }
});
