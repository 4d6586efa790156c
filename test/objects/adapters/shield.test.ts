import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { findAttack, keepAttacks } from "../../../src/adapters/d1/attacks.ts";
import { findBan, keepBans } from "../../../src/adapters/d1/bans.ts";
import type { Ban } from "../../../src/shield/ban/ban.ts";
import { openAttack } from "../../../src/shield/mitigation/sightings.ts";
import { floodReport } from "../../unit/shield/reports.ts";

const now = Date.UTC(2100, 0, 1, 12);

beforeEach(async () => {
  await env.DB.exec("DELETE FROM attack; DELETE FROM ban");
});

describe("an attack in D1", () => {
  it("is as it was last told, and stays over though an older copy comes late", async () => {
    const ongoing = openAttack(floodReport({ at: now }), now);
    const states: string[] = [];
    for (const state of ["ongoing", "subsiding", "over", "ongoing"] as const) {
      await keepAttacks(env.DB, [{ ...ongoing, state }]).run();
      states.push((await findAttack(env.DB, ongoing.id))?.state ?? "none");
    }
    expect(states).toEqual(["ongoing", "subsiding", "over", "over"]);
  });
});

describe("a ban in D1", () => {
  const ban = (state: Ban["state"], expiresAt = now + 3_600_000): Ban => ({
    id: "b",
    cidr: "192.0.2.7/32",
    reason: "too much",
    evidence: { kind: "breach", limit: "l", since: now, at: now, seconds: 3, offered: 20, allowed: 10 },
    offence: 1,
    by: "shield",
    decidedAt: now,
    expiresAt,
    touches: 0,
    state,
  });

  it.each<[string, Ban["state"]]>([
    ["lifted", { kind: "lifted", at: now, by: "alice" }],
    ["refused", { kind: "refused", at: now, detail: "it is on the allowlist" }],
    ["expired", { kind: "expired", at: now }],
  ])("stays %s though an older copy comes late", async (_name, ended) => {
    const inForce = ban({ kind: "in-force", at: now, epoch: 3 });
    await keepBans(env.DB, [ban({ kind: "deciding" })]).run();
    await keepBans(env.DB, [inForce]).run();
    expect(await findBan(env.DB, "b")).toEqual(inForce);
    await keepBans(env.DB, [ban(ended)]).run();
    expect(await findBan(env.DB, "b")).toEqual(ban(ended));
    await keepBans(env.DB, [inForce]).run();
    expect(await findBan(env.DB, "b")).toEqual(ban(ended));
  });
});
