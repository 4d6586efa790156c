import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type NewToken, newTokenReplySchema } from "../../../workers/control/schema/token.ts";
import type { Cli } from "../cli.ts";
import { parseDuration } from "../duration.ts";
import { findPrincipal } from "../find-principal.ts";
import { tokenColumns } from "../token-columns.ts";

export function declareTokensAdd(group: Command, cli: Cli): void {
  cli
    .verb(group, "add")
    .description("make a token for a machine; it is shown this once")
    .argument("<machine>", "name or id")
    .requiredOption("--name <text>", "what it is for")
    .option("--ttl <duration>", "how long: 1h, 7d, 90d (default: 90d)", parseDuration)
    .option("--role <role>", "no more than this role may (default: all that the machine may)")
    .action(
      cli.act(async ({ client }, machine: string, options: { name: string; ttl?: number; role?: string }) => {
        const found = await findPrincipal(client, machine);
        if (!found.ok) return found;
        const { name, ttl, role } = options;
        const wanted: NewToken = {
          principal: found.value.id,
          name,
          ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
          ...(role === undefined ? {} : { limit: { role } }),
        };
        const made = await client.send("POST", "/tokens", newTokenReplySchema, wanted);
        if (!made.ok) return made;
        const table = tokenColumns([made.value], new Map([[found.value.id, found.value.name]]));
        return ok({ json: made.value, text: `${table}\n${made.value.token}` });
      }),
    );
}
