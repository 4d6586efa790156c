import { Spared } from "../../../../src/shield/ban/spared.ts";

const rule = { reason: "test", createdAt: 0, expiresAt: null };

/** All of the bots are Googlebot's. */
export const sparedBy = ({
  allowlist = [],
  bots = [],
}: {
  readonly allowlist?: readonly string[];
  readonly bots?: readonly string[];
} = {}): Spared =>
  new Spared({
    allowlist: new Map(allowlist.map((cidr) => [cidr, rule])),
    bots: new Map(bots.map((cidr) => [cidr, { ...rule, name: "Googlebot" }])),
  });
