import { FakeMitigator } from "../../fakes/mitigator.ts";
import { FakeRoutingTable } from "../../fakes/routing-table.ts";
import { ruleOf, testMitigator } from "../../ports/mitigator.ts";
import { NOW } from "./world.ts";

testMitigator(async () => {
  const clock = { now: NOW };
  const table = new FakeRoutingTable(() => clock.now);
  const mitigator = new FakeMitigator(clock, () => table.read());
  return {
    api: mitigator,
    now: () => clock.now,
    pass: async (ms) => {
      clock.now += ms;
    },
    enlist: async (list, cidr, expiresAt) => {
      const options = { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null };
      await table.apply({ [list]: { [cidr]: ruleOf(list, expiresAt) } }, options);
    },
    propose: async (proposal) => mitigator.propose(proposal),
  };
});
