import type { Command } from "commander";
import { err, ok } from "../../../src/base/result.ts";
import type { Cli } from "../cli.ts";
import { askNewPassword } from "../new-password.ts";

export function declareAccountPassword(group: Command, cli: Cli): void {
  cli
    .verb(group, "password")
    .description("change your password; your other sessions end")
    .action(
      cli.act(async ({ client, terminal: { ask } }) => {
        if (ask === null) return err({ kind: "no-terminal", what: "a password" });
        const current = await ask("Password as it is: ", { hidden: true });
        const password = await askNewPassword(ask);
        if (!password.ok) return password;
        const body = { current, password: password.value };
        const changed = await client.send("PUT", "/principals/me/password", null, body);
        return changed.ok ? ok({ json: { changed: true }, text: "the password is changed" }) : changed;
      }),
    );
}
