import type { Command } from "commander";
import { err, ok } from "../../../src/base/result.ts";
import type { Cli } from "../cli.ts";
import { setUpFactor, showRecoveryCodes } from "../second-factor.ts";

export function declareAccountTotp(group: Command, cli: Cli): void {
  cli
    .verb(group, "totp")
    .description("set up another authenticator app in the place of yours; new recovery codes come with it")
    .action(
      cli.act(async ({ client, terminal }) => {
        if (terminal.ask === null) return err({ kind: "no-terminal", what: "a code" });
        const set = await setUpFactor(client, terminal, terminal.ask);
        return set.ok ? ok({ json: set.value, text: showRecoveryCodes(set.value.recoveryCodes) }) : set;
      }),
    );
}
