import { expect } from "vitest";
import type { Defence } from "../../../src/table/defence.ts";
import { breach } from "./attacks.ts";
import { NOW, type World } from "./world.ts";

const actor = { principal: "shield", requestId: "ban" };

/** The shield bans somebody, as the mitigator does: a record, and an entry of the blacklist. */
export async function banIn(world: World, cidr: string): Promise<string> {
  const ban = world.mitigator.decide(cidr, breach);
  const rule = { reason: ban.reason, createdAt: NOW, expiresAt: ban.expiresAt, ban: ban.id };
  const applied = await world.table.apply({ blacklist: { [cidr]: rule } }, { actor, summary: "ban", ifEpoch: null });
  expect(applied.ok).toBe(true);
  return ban.id;
}

/** The shield defends the service `api`. */
export const defendBy = (world: World, level: Defence["level"]) =>
  world.table.setDefence({
    service: "api",
    next: { attack: "attack-1", level, since: NOW, signatures: [{ match: {}, perSecond: 10 }] },
    expected: null,
  });
