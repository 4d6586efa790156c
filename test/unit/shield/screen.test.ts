import { describe, expect, it } from "vitest";
import { nowhere } from "../../../src/geo/place.ts";
import { readFacts } from "../../../src/request/facts.ts";
import { screen } from "../../../src/shield/screen.ts";
import { testSnapshot, testTable } from "../../fakes/world.ts";

const now = 1_000_000;
const rule = (expiresAt: number | null) => ({ reason: "test", createdAt: 0, expiresAt });

function screenAddress(ip: string, patch: object) {
  const facts = readFacts(
    { method: "GET", url: "http://h/", headers: new Headers({ "cf-connecting-ip": ip }) },
    { requestId: "0".repeat(32), countryByIp: () => null },
  );
  if (facts.kind !== "facts") throw new Error(facts.kind);
  expect(facts.place).toEqual(nowhere);
  return { facts, screened: screen(testSnapshot(testTable({ patch })), facts, now) };
}

const ten = { "10.0.0.0/8": rule(null) };

it("tells until when", () => {
  const until = (expiresAt: number | null) =>
    screenAddress("10.1.2.3", { blacklist: { "10.0.0.0/8": rule(expiresAt) } }).screened;
  expect(until(now + 1)).toEqual({ kind: "blocked", cidr: "10.0.0.0/8", expiresAt: now + 1 });
  expect(until(null)).toMatchObject({ expiresAt: null });
});

describe("screening", () => {
  it.each([
    ["an empty blacklist", "10.1.2.3", {}, null],
    ["a blacklisted network", "10.1.2.3", { blacklist: ten }, "10.0.0.0/8"],
    ["v4-mapped", "::ffff:10.1.2.3", { blacklist: ten }, "10.0.0.0/8"],
    ["another address", "11.1.2.3", { blacklist: ten }, null],
    ["a v6 client with every v4 address blacklisted", "2001:db8::1", { blacklist: { "0.0.0.0/0": rule(null) } }, null],
    ["everybody", "255.255.255.255", { blacklist: { "0.0.0.0/0": rule(null) } }, "0.0.0.0/0"],
    ["the last v6 address", "ffff::ffff", { blacklist: { "::/0": rule(null) } }, "::/0"],
    ["the most specific is named", "10.1.2.3", { blacklist: { ...ten, "10.1.0.0/16": rule(null) } }, "10.1.0.0/16"],
    ["an entry about to end", "10.1.2.3", { blacklist: { "10.1.2.3/32": rule(now + 1) } }, "10.1.2.3/32"],
    ["an entry that has just ended", "10.1.2.3", { blacklist: { "10.1.2.3/32": rule(now) } }, null],
    ["an ended one inside a live one", "10.1.2.3", { blacklist: { ...ten, "10.1.2.3/32": rule(now) } }, "10.0.0.0/8"],
    ["allowed", "10.1.2.3", { blacklist: ten, allowlist: { "10.1.2.3/32": rule(null) } }, null],
    ["allowed by a wider network", "10.1.2.3", { blacklist: { "10.1.2.3/32": rule(null) }, allowlist: ten }, null],
    ["allowed until now", "10.1.2.3", { blacklist: ten, allowlist: { "10.1.2.3/32": rule(now) } }, "10.0.0.0/8"],
  ])("%s", (_, ip, patch, blockedBy) => {
    const { facts, screened } = screenAddress(ip, patch);
    if (blockedBy === null) expect(screened).toBe(facts);
    else expect(screened).toMatchObject({ kind: "blocked", cidr: blockedBy });
  });
});
