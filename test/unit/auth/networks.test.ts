import { expect, it } from "vitest";
import { isAllowedFrom, planNetworks } from "../../../src/auth/networks.ts";
import { parseIp } from "../../../src/base/ip.ts";

function ip(text: string) {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(text);
  return parsed;
}

it.each([
  ["nothing on it", [], "203.0.113.9", true],
  ["the address itself", ["203.0.113.9/32"], "203.0.113.9", true],
  ["its network", ["203.0.113.0/24"], "203.0.113.9", true],
  ["another network", ["203.0.112.0/24"], "203.0.113.9", false],
  ["all of v4", ["0.0.0.0/0"], "203.0.113.9", true],
  ["all of v6 only", ["::/0"], "203.0.113.9", false],
  ["all of v4, for v6", ["0.0.0.0/0"], "2001:db8::1", false],
  ["its v6 network", ["10.0.0.0/8", "2001:db8::/32"], "2001:db8:1::1", true],
  ["another v6 network", ["2001:db9::/32"], "2001:db8::1", false],
  ["a v4-mapped address", ["203.0.113.0/24"], "::ffff:203.0.113.9", true],
])("an allowlist with %s", (_name, networks, address, allowed) => {
  expect(isAllowedFrom(networks, ip(address))).toBe(allowed);
});

it("says what changes, and whether whoever asks is locked out", () => {
  const before = ["10.0.0.0/8", "203.0.113.0/24"];
  expect(planNetworks(before, ["10.0.0.0/8", "192.0.2.0/24"], ip("203.0.113.9"))).toEqual({
    added: ["192.0.2.0/24"],
    removed: ["203.0.113.0/24"],
    locksOut: true,
  });
  expect(planNetworks(before, [], ip("203.0.113.9")).locksOut).toBe(false);
});
