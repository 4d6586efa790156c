import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type MeReply, meSchema } from "../../../workers/control/schema/principal.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";

export function declareAccountShow(group: Command, cli: Cli): void {
  cli
    .verb(group, "show", { isDefault: true })
    .description("who you are here, and what you may do")
    .action(
      cli.act(async ({ client }) => {
        const me = await client.get("/principals/me", meSchema);
        return me.ok ? ok({ json: me.value, text: `${describe(me.value)}\n\n${grantColumns(me.value)}` }) : me;
      }),
    );
}

function describe({ name, kind, secondFactorAt }: MeReply): string {
  if (kind === "machine") return `${name}, a machine`;
  return `${name}; ${secondFactorAt === null ? "no second factor was used" : `second factor used at ${secondFactorAt}`}`;
}

function grantColumns({ grants }: MeReply): string {
  if (grants.length === 0) return "you may do nothing: an admin gives roles by novacron principals roles";
  const rows = grants.map(({ permissions, regions, services }) => [
    permissions.join(" "),
    [...(regions ?? []), ...(services ?? [])].join(" ") || "everything",
  ]);
  return columns(["MAY", "FOR"], rows);
}
