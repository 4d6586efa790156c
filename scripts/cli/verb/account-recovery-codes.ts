import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { recoveryCodesSchema } from "../../../workers/control/schema/principal.ts";
import type { Cli } from "../cli.ts";
import { showRecoveryCodes } from "../second-factor.ts";

export function declareAccountRecoveryCodes(group: Command, cli: Cli): void {
  cli
    .verb(group, "recovery-codes")
    .description("new recovery codes in the place of the old")
    .action(
      cli.act(async ({ client }) => {
        const made = await client.send("POST", "/principals/me/recovery-codes", recoveryCodesSchema);
        return made.ok ? ok({ json: made.value, text: showRecoveryCodes(made.value.recoveryCodes) }) : made;
      }),
    );
}
