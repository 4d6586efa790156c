import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AddressRuleEntry } from "../../workers/control/schema/address-rule.ts";
import type { AttackReply, AttackSummary } from "../../workers/control/schema/attack.ts";
import type { BannedReply, BanReply } from "../../workers/control/schema/ban.ts";
import type { MitigationReply, ShieldStatusReply } from "../../workers/control/schema/mitigation.ts";
import { PacedLoad } from "./world/paced-load.ts";
import { type PlaceName, places, startWorld, type World, waitFor } from "./world/world.ts";

const CLI = join(import.meta.dirname, "../../scripts/cli/main.ts");
const REGIONS = ["us-east-1", "eu-central-1"];
/** Isolates of the edge. */
const EDGES = 5;
const GOOD_CLIENTS = 50;
/** From the first request of a flood to the first 403. */
const BANNED_WITHIN_MS = 5000;

let stateDir: string;
let world: World;
beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "novacron-shield-"));
  world = await startWorld({ regions: REGIONS, stateDir, env: { NOVACRON_EDGES: String(EDGES) } });
});
afterEach(async () => {
  await world?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

/** Runs a verb of the CLI with `--json`, and gives what it printed. */
const novacron = <T>(...args: string[]) =>
  new Promise<T>((resolve, reject) => {
    const env = { ...process.env, NOVACRON_STATE_DIR: stateDir };
    execFile(process.execPath, [CLI, ...args, "--json"], { env }, (error, out, err) => {
      if (error) reject(new Error(`novacron ${args.join(" ")}: ${err}`, { cause: error }));
      else resolve(JSON.parse(out) as T);
    });
  });

/** Applies a change of the table and waits until the edge has it. */
async function change(patch: object): Promise<void> {
  const reply = await world.api("POST", "/table/apply", patch);
  expect(reply, JSON.stringify(reply.body)).toMatchObject({ status: 200 });
  const { epoch } = reply.body as { epoch: number };
  for (const isolate of Array(EDGES).keys()) {
    const health = async () =>
      (await (await world.get("/.well-known/novacron/health", { isolate })).json()) as { epoch: number };
    await waitFor(async () => (await health()).epoch >= epoch, 5000, `edge ${isolate} to have epoch ${epoch}`);
  }
}

async function read<T>(path: string): Promise<T> {
  const reply = await world.api("GET", path);
  expect(reply, JSON.stringify(reply.body)).toMatchObject({ status: 200 });
  return reply.body as T;
}

const statusOf = async (ip: string, isolate = 0): Promise<number> => {
  const response = await world.get("/", { ip, isolate });
  await response.arrayBuffer();
  return response.status;
};

/** Fifty clients beside two regions, each with a request a second. */
const goodClients = () =>
  new PacedLoad(world, GOOD_CLIENTS, (number) => {
    const client = number % GOOD_CLIENTS;
    const place: PlaceName = client % 2 === 0 ? "us-east-1" : "eu-central-1";
    const isolate = number % EDGES;
    return { ip: `198.51.100.${1 + client}`, place, isolate, path: `/echo?page=${client % 5}`, headers: browser };
  });

const browser = { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };

describe("a flood from one address among fifty good clients", () => {
  it("is limited at once and banned within 5 s; good clients lose nothing; the ban outlives a crash, and ends", async () => {
    await change({ limits: { "per-client": { rate: 20, burst: 20, banAfterSeconds: 1 } } });
    const attacker = "203.0.113.66";
    const good = goodClients();
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
    await waitFor(() => (flood.answers.at(-1)?.sentAt ?? 0) > banned.answeredAt + 1000, 10_000, "a second more");
    await flood.stop();
    await good.stop();
    const after = flood.answers.filter(({ sentAt }) => sentAt > banned.answeredAt);
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([403]));
    expect(good.lost.map(({ status }) => status)).toEqual([]);

    await explains(attacker);
    await outlivesCrash(attacker);
    await isLifted(attacker);
  }, 240_000);

  /** The API and the CLI say why it was banned, and for how long. */
  async function explains(attacker: string): Promise<void> {
    const known = await read<BannedReply>(`/shield/bans/${attacker}`);
    expect(known).toMatchObject({ cidr: `${attacker}/32`, madeBy: "shield", coveredBy: [], allowlistedBy: null });
    expect(known.ban).toMatchObject({ state: "in-force", by: "shield", offence: 1 });
    const { evidence, decidedAt, expiresAt } = known.ban as BanReply;
    expect(Date.parse(expiresAt) - Date.parse(decidedAt)).toBe(3_600_000);
    if (evidence.kind === "breach") {
      expect(evidence).toMatchObject({ limit: "per-client", allowed: 20 });
      expect(evidence.offered).toBeGreaterThan(20);
      expect(evidence.seconds).toBeGreaterThanOrEqual(1);
    } else expect(evidence.perSecond).toBeGreaterThan(evidence.usualPerSecond);

    const bans = await novacron<readonly BanReply[]>("shield", "bans");
    expect(bans.map(({ cidr }) => cidr)).toEqual([`${attacker}/32`]);
    const listed = await novacron<readonly AddressRuleEntry[]>("blacklist", "ls");
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
    world = await startWorld({ regions: REGIONS, stateDir, env: { NOVACRON_EDGES: String(EDGES) } });
    for (const isolate of Array(EDGES).keys()) expect(await statusOf(attacker, isolate)).toBe(403);
    expect(await statusOf(attacker)).toBe(403);
    expect(await statusOf(brief)).toBe(403);
    await waitFor(async () => (await statusOf(brief)) === 200, 60_000, "the end of the ban by hand");
    const { endsAt } = { endsAt: Date.parse((made.body as AddressRuleEntry).expiresAt ?? "") };
    expect(Date.now()).toBeGreaterThanOrEqual(endsAt);
    expect(await statusOf(attacker)).toBe(403);
    await waitFor(
      async () => (await novacron<readonly AddressRuleEntry[]>("blacklist", "ls")).length === 1,
      10_000,
      "the blacklist to hold the shield's ban alone",
    );
  }

  async function isLifted(attacker: string): Promise<void> {
    const lifted = await novacron<{ readonly removed: string; readonly banned: BannedReply }>(
      "shield",
      "unban",
      attacker,
      "--yes",
    );
    expect(lifted.removed).toBe(`${attacker}/32`);
    expect(lifted.banned.ifLifted.length).toBeGreaterThan(0);
    expect(lifted.banned.standing).toMatchObject({ offences: 1, nextSeconds: 7200, nextSecondsIfLifted: 3600 });
    await waitFor(async () => (await statusOf(attacker)) === 200, 2000, "the address to be served");
    expect(await read<BannedReply>(`/shield/bans/${attacker}`)).toMatchObject({
      entry: null,
      ban: { state: "lifted" },
    });
  }
});

describe("a flood from 2,000 addresses by five colos, each with an isolate of its own", () => {
  const colos: readonly PlaceName[] = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1"];
  const botnet = (number: number) => {
    const address = (number * 7919) % 2000;
    const isolate = address % colos.length;
    const place = places[colos[isolate] as PlaceName];
    return {
      isolate,
      ip: `100.${64 + (address >> 8)}.${address & 255}.${1 + (address % 250)}`,
      place: { ...place, asn: 64_500 },
      path: `/echo?q=${number}`,
      headers: { "User-Agent": "python-requests/2.32" },
    };
  };

  it("raises the mitigation, which ends by itself, and the record explains both", async () => {
    const good = goodClients();
    await waitFor(mayAct, 120_000, "the detector to have seen enough");
    const flood = new PacedLoad(world, 250, botnet);
    const level = async () => (await read<MitigationReply>("/shield/mitigation/api")).level;
    await waitFor(async () => (await level()) !== "observe", 30_000, "a defence");
    const before = flood.answers.length;
    // Long enough to see that it holds.
    await waitFor(() => flood.answers.length > before + 2000, 30_000, "more of the flood");
    const [open] = await novacron<readonly AttackSummary[]>("shield", "attacks", "--state", "open");
    expect(open).toMatchObject({ service: "api", direction: "flood" });
    const { id = "" } = open ?? {};
    tellsWhatIsDone(await novacron<AttackReply>("shield", "attacks", id));
    await flood.stop();
    const held = flood.answers.slice(before + 500);
    const refused = held.filter(({ status }) => status === 429 || status === 403);
    expect(refused.length / held.length).toBeGreaterThan(0.5);

    const over = await waitFor(
      async () => {
        const attack = await read<AttackReply>(`/shield/attacks/${id}`);
        return attack.state === "over" && attack;
      },
      300_000,
      "the attack to be over",
    );
    expect(await level()).toBe("observe");
    await good.stop();
    expect(good.lost.length / good.answers.length).toBeLessThan(0.01);
    tellsItsCourse(over);
  }, 600_000);

  const mayAct = async () => {
    const { detector } = await read<ShieldStatusReply>("/shield/status");
    return detector?.some(({ service, mayAct: able }) => service === "api" && able) ?? false;
  };

  /** What the botnet has in common and the good clients have not, and what is held against it. */
  function tellsWhatIsDone({ explanations, signatures, level }: AttackReply): void {
    expect(level).not.toBe("observe");
    expect(explanations.map(({ dimension, value }) => `${dimension} ${value}`)).toContain("asn 64500");
    expect(signatures.length).toBeGreaterThan(0);
    for (const { collateral } of signatures) expect(collateral).toBeLessThanOrEqual(0.01);
  }

  function tellsItsCourse(attack: AttackReply): void {
    expect(attack.level).toBe("observe");
    expect(attack.mostLevel).not.toBe("observe");
    expect(attack.endedAt).not.toBeNull();
    expect(attack.peak.actual).toBeGreaterThan(2 * attack.peak.expected);
    const kinds = attack.timeline.map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(["seen", "decided", "done"]));
    const times = attack.timeline.map(({ at }) => Date.parse(at));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  }
});
