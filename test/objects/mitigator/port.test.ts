import { applyD1Migrations, evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, vi } from "vitest";
import { Proposals } from "../../../durable-objects/mitigator/proposals.ts";
import { ruleOf, testMitigator } from "../../ports/mitigator.ts";
import { useWorld } from "./world.ts";

const world = useWorld();
afterEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.MIGRATIONS);
});

testMitigator(async () => {
  const { current } = world;
  return {
    api: current.api,
    now: () => Date.now(),
    pass: async (ms) => {
      vi.setSystemTime(Date.now() + ms);
      await current.tick();
    },
    enlist: (list, cidr, expiresAt) => current.apply({ [list]: { [cidr]: ruleOf(list, expiresAt) } }),
    // As an object of an earlier life has stored it.
    propose: async (proposal) => {
      await current.api.proposals(1);
      await runInDurableObject(current.stub, (_, { storage }) => new Proposals(storage.sql).put(proposal));
      await evictDurableObject(current.stub);
      await current.api.sighted([]);
    },
  };
});
