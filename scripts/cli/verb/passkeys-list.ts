import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type PasskeyReply, passkeySchema } from "../../../workers/control/schema/passkey.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";

export function declarePasskeysList(group: Command, cli: Cli): void {
  cli
    .verb(group, "ls", { isDefault: true })
    .description("your passkeys, and when each was last used")
    .action(
      cli.act(async ({ client }) => {
        const own = await client.list("/passkeys", passkeySchema);
        if (!own.ok) return own;
        const text = own.value.length === 0 ? "you have no passkeys" : passkeyColumns(own.value);
        return ok({ json: own.value, text });
      }),
    );
}

function passkeyColumns(passkeys: readonly PasskeyReply[]): string {
  const rows = passkeys.map(({ name, createdAt, lastUsedAt, id }) => [name, createdAt, lastUsedAt ?? "never", id]);
  return columns(["NAME", "CREATED", "LAST USED", "ID"], rows);
}
