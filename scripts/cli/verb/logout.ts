import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import type { Cli } from "../cli.ts";
import { createClient } from "../client.ts";
import { readSession, sessionPath } from "../session-file.ts";

export function declareLogout(program: Command, cli: Cli): void {
  cli
    .verb(program, "logout")
    .description("end the session that login has begun")
    .action(
      cli.actAsNobody(async ({ terminal }) => {
        const session = await readSession(terminal);
        if (!session.ok) return session;
        if (session.value === null) return ok({ json: { wasSignedIn: false }, text: "nobody is signed in" });
        // What the control plane says does not matter: the session is forgotten here, and ends there by itself.
        await createClient(session.value, terminal).send("DELETE", "/sessions/current", null);
        await terminal.removeFile(sessionPath(terminal.env));
        return ok({ json: { wasSignedIn: true }, text: "signed out" });
      }),
    );
}
