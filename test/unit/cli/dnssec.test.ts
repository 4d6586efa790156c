import { beforeEach, expect, it } from "vitest";
import { createWorld, type World } from "../control/world.ts";
import { runIn } from "./terminal.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await world.call("POST", "/dns/zones", {
    body: { id: "novacron.io", primary: "ns1.novacron.io", contact: "hostmaster.novacron.io" },
  });
});
const dnssec = (...words: readonly string[]) => runIn(world, "novacron-dns", ["dnssec", ...words]);

it("signs a zone, and says what its parent needs and when", async () => {
  expect(await dnssec("show", "novacron.io")).toMatchObject({ exit: 0, out: "novacron.io is not signed\n" });
  const { exit, out } = await dnssec("enable", "NovaCron.io.");
  expect(exit).toBe(0);
  expect(out).toMatch(/^TAG +ROLE +STATE/);
  expect(out).toMatch(
    /novacron\.io\. 86400 IN DS \d+ 13 2 [0-9A-F]{64}\n {2}not to be given to the parent before 2026/,
  );
  world.clock.now += 48 * 3_600_000;
  const due = await dnssec("show", "novacron.io");
  const [, tag] = /dnssec ds-seen (\d+)/.exec(due.out) ?? [];
  expect((await dnssec("ds-seen", "novacron.io", tag ?? "")).out).toContain(
    "at the parent since 2026-11-25T12:00:00.000Z",
  );
});

it("shows a rollover's plan, and begins it only when told to", async () => {
  await dnssec("enable", "novacron.io");
  const before = await dnssec("show", "novacron.io");
  const plan = await dnssec("rollover", "novacron.io", "--role", "zsk");
  expect(plan.out).toBe(
    [
      "PHASE    NOT BEFORE                WHAT",
      "publish  2026-11-23T12:00:00.000Z  the new key is in the DNSKEY set; the old one signs",
      "sign     2026-11-23T13:15:00.000Z  every cache has the new key; it signs from now on",
      "remove   2026-11-24T13:30:00.000Z  no cache holds a signature of the old key; it goes",
      "",
    ].join("\n"),
  );
  expect(await dnssec("show", "novacron.io")).toEqual(before);
  expect((await dnssec("rollover", "novacron.io", "--role", "zsk", "--apply")).out).toMatch(/ZSK +published/);
  const again = await dnssec("rollover", "novacron.io", "--role", "zsk", "--apply");
  expect(again).toMatchObject({ exit: 1, out: "" });
  expect(again.err).toContain("a rollover is under way until 2026-11-24T13:30:00.000Z");
});

it("leaves DNSSEC only when told that the DS is gone", async () => {
  await dnssec("enable", "novacron.io");
  expect((await dnssec("disable", "novacron.io")).exit).toBe(2);
  const left = await dnssec("disable", "novacron.io", "--ds-gone");
  expect(left.out).toContain("the parent must have no DS");
});

it.each([
  ["a role that is none", ["rollover", "novacron.io", "--role", "csk"], 2],
  ["no role", ["rollover", "novacron.io"], 2],
  ["a tag that is none", ["ds-seen", "novacron.io", "70000"], 2],
  ["a zone that is not there", ["show", "example.com"], 1],
])("%s is refused", async (_what, words, exit) => {
  expect((await dnssec(...words)).exit).toBe(exit);
});
