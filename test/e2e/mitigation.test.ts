import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AttackReply, AttackSummary } from "../../workers/control/schema/attack.ts";
import type { MitigationReply, ShieldStatusReply } from "../../workers/control/schema/mitigation.ts";
import { novacron } from "./world/cli.ts";
import { goodClients } from "./world/good-clients.ts";
import { PacedLoad } from "./world/paced-load.ts";
import { type PlaceName, places, startWorld, type World, waitFor } from "./world/world.ts";

const colos: readonly PlaceName[] = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1"];

let world: World;
beforeEach(async () => {
  world = await startWorld({ regions: ["us-east-1", "eu-central-1"], edges: colos.length });
});
afterEach(() => world?.stop());

describe("a flood from 2,000 addresses by five colos, each with an isolate of its own", () => {
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
    const good = goodClients(world);
    await waitFor(mayAct, 120_000, "the detector to have seen enough");
    const flood = new PacedLoad(world, 250, botnet);
    const level = async () => (await world.read<MitigationReply>("/shield/mitigation/api")).level;
    await waitFor(async () => (await level()) !== "observe", 60_000, "a defence");
    const before = flood.answers.length;
    // Long enough to see that it holds.
    await waitFor(() => flood.answers.length > before + 2000, 120_000, "more of the flood");
    const [open] = await novacron<readonly AttackSummary[]>(world.stateDir, "shield", "attacks", "--state", "open");
    expect(open).toMatchObject({ service: "api", direction: "flood" });
    const { id = "" } = open ?? {};
    tellsWhatIsDone(await novacron<AttackReply>(world.stateDir, "shield", "attacks", id));
    await flood.stop();
    const held = flood.answers.slice(before + 500);
    const refused = held.filter(({ status }) => status === 429 || status === 403);
    expect(refused.length / held.length).toBeGreaterThan(0.5);

    const over = await waitFor(
      async () => {
        const attack = await world.read<AttackReply>(`/shield/attacks/${id}`);
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
    const { detector } = await world.read<ShieldStatusReply>("/shield/status");
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
