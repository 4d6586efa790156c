import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type SessionReply, sessionSchema } from "../../../workers/control/schema/session.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { principalNames } from "../principal-names.ts";

export function declareSessionsList(group: Command, cli: Cli): void {
  cli
    .verb(group, "ls", { isDefault: true })
    .description("who has signed in, and until when")
    .action(
      cli.act(async ({ client }) => {
        const sessions = await client.list("/sessions", sessionSchema);
        if (!sessions.ok) return sessions;
        const text = sessionColumns(sessions.value, await principalNames(client));
        return ok({ json: sessions.value, text });
      }),
    );
}

function sessionColumns(sessions: readonly SessionReply[], names: ReadonlyMap<string, string>): string {
  const rows = sessions.map(({ id, principal, transport, createdAt, expiresAt, secondFactorAt }) => [
    names.get(principal) ?? principal,
    transport,
    createdAt,
    expiresAt,
    secondFactorAt ?? "none",
    id,
  ]);
  return columns(["WHO", "BY", "SIGNED IN", "UNTIL", "SECOND FACTOR", "ID"], rows);
}
