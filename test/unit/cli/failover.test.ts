import { beforeEach, expect, it } from "vitest";
import type { Terminal } from "../../../scripts/cli/cli.ts";
import { createWorld, type World } from "../control/world.ts";
import { runIn } from "./terminal.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** Waiting lets the failover get through its stages. */
const completing: Partial<Terminal> = {
  pause: async () => {
    const running = world.failovers.records.find(({ status }) => status === "running");
    if (running) await world.failovers.complete(running.id);
    return true;
  },
};

const region = (line: string, terminal: Partial<Terminal> = {}) =>
  runIn(world, "novacron-region", line.split(" "), terminal);

it("shows the plan, moves the traffic, and follows it", async () => {
  const { exit, out, err } = await region("failover --from us-east-1 --to us-west-2 --yes", completing);
  expect([exit, out]).toEqual([
    0,
    "us-east-1 is failed over to us-west-2; comes back by novacron region failback --region us-east-1\n",
  ]);
  expect(err).toMatchInlineSnapshot(`
    "us-east-1 → us-west-2: 96.3% of the traffic, +22.5 ms on average

    REGION     TRAFFIC  AFTER   CAPACITY  USE  AFTER
    us-east-1  96.3%    0.0%    1000      -    0.0%
    us-west-2  3.7%     100.0%  1000      -    -

    TARGET     SCORE  ADDED    PERMITTED  REFUSED
    us-west-2  22     22.5 ms  100.0%

    detect    done    0.0 s of 30 s  well
    select    done    0.0 s of 10 s  well
    dns       done    0.0 s of 10 s  well
    shift     done    0.0 s of 30 s  well
    validate  done    0.0 s of 30 s  well
    "
  `);
});

it("asks before it moves anything, and moves nothing unless told to", async () => {
  const questions: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    return "n";
  };
  const { exit, err } = await region("failover --from us-east-1", { ask });
  expect([exit, questions]).toEqual([1, ["Move the traffic of us-east-1? [y/N] "]]);
  expect(err).toContain("nothing was changed");
  expect(world.failovers.records).toEqual([]);
});

it("moves nothing without anybody to ask", async () => {
  const { exit, err } = await region("failover --from us-east-1");
  expect([exit, err.split("\n").at(-2)]).toEqual([
    1,
    "nothing was changed: there is nobody to ask here, and --yes goes on without asking",
  ]);
  expect(world.failovers.records).toEqual([]);
});

it("says where the traffic would go, as JSON and nothing else", async () => {
  const { exit, out, err } = await region("failover --from us-east-1 --plan --json");
  expect([exit, err]).toEqual([0, ""]);
  expect(JSON.parse(out)).toMatchObject({ from: "us-east-1", targets: [{ region: "us-west-2", share: 1 }] });
});

it("prints the failover as JSON once it is done", async () => {
  const { exit, out } = await region("failover --from us-east-1 --yes --json", completing);
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ id: "failover-1", status: "failed-over" });
});

it("tells how to see the failover that has the region already", async () => {
  await region("failover --from us-east-1 --yes", completing);
  const { exit, err } = await region("failover --from us-east-1 --to us-west-2 --yes");
  expect(exit).toBe(1);
  expect(err).toContain("failovers/failover-1 (409, request");
  expect(err).toContain("how it stands: novacron region failovers");
});

it("tells of a region that is not there", async () => {
  expect(await region("failover --from mars --yes")).toEqual({
    exit: 1,
    out: "",
    err: "There is no such thing: regions/mars (404, request request-1)\n",
  });
});

it.each(["us-east-1", "us-west-2"])(
  "validates a failover, by the region left or the one it leads to: %s",
  async (id) => {
    expect(await region(`validate --region ${id}`)).toEqual({
      exit: 1,
      out: "",
      err: `no failover leaves ${id} or leads there\n`,
    });
    await region("failover --from us-east-1 --yes", completing);
    expect(await region(`validate --region ${id}`)).toEqual({
      exit: 0,
      out: "CHECK    RESULT  DETAIL\ntraffic  ok      the table sends nobody to us-east-1\n",
      err: "",
    });
  },
);

it("lets a region back, and lists what has been", async () => {
  expect(await region("failback --region us-east-1")).toMatchObject({ exit: 1, err: "us-east-1 is not failed over\n" });
  await region("failover --from us-east-1 --yes", completing);
  expect((await region("failback --region us-east-1 --no-wait")).exit).toBe(0);
  expect((await region("failovers --json")).out).toContain('"approvedAt": "2026-11-23T12:00:00.000Z"');
  expect((await region("failovers")).out).toContain(
    "failover-1  2026-11-23T12:00:00.000Z  manual  -       us-east-1 is",
  );
});

it.each(["status", "region health", "region health --region us-east-1", "region health --region us-west-2"])(
  "%s tells of the failovers under way, and what they wait for",
  async (line) => {
    const seen = async () => (await runIn(world, "novacron", line.split(" "))).out;
    expect(await seen()).not.toContain("failover-1");
    await region("failover --from us-east-1 --yes", completing);
    expect(await seen()).toContain("us-east-1 is failed over to us-west-2; comes back by novacron region failback");
    await region("failback --region us-east-1 --no-wait --yes");
    expect(await seen()).toContain("us-east-1 is failed over to us-west-2; comes back as soon as it is healthy");
  },
);

it("tells why a region that was let back went away again", async () => {
  await region("failover --from us-east-1 --yes", completing);
  const [record] = world.failovers.records;
  if (record === undefined) throw new Error("there is no failover");
  const events = [
    { at: record.requestedAt, detail: "1 %: let back by a person" },
    { at: record.requestedAt + 5000, detail: "back to 0 %: its p95 is 282 ms, the others' 133 ms" },
  ];
  const failback = { kind: "holding", healthySince: null, approvedAt: null, regressions: 1 } as const;
  world.failovers.records[0] = { ...record, events, failback };
  const words = "back to 0 %: its p95 is 282 ms, the others' 133 ms, at 2026-11-23T12:00:05.000Z; comes back by";
  expect((await region("failovers")).out).toContain(`us-east-1 is failed over to us-west-2; ${words} novacron region`);
});

it("tells how the failovers of a region have gone", async () => {
  await region("failover --from us-east-1 --reason drill --yes", completing);
  expect((await region("failovers --region us-west-2")).out).toBe("none\n");
  const { out } = await region("failovers --region us-east-1");
  expect(out).toContain("by admin: drill");
  expect(out).toMatch(/^2026-11-23T12:00:00.000Z {2}validate {2}done {4}0.0 s of 30 s {2}well$/m);
});
