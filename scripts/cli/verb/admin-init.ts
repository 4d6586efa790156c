import type { Command } from "commander";
import { err, ok } from "../../../src/base/result.ts";
import { type BootstrapRequest, bootstrapReplySchema } from "../../../workers/control/schema/principal.ts";
import type { Cli } from "../cli.ts";
import { createClient } from "../client.ts";
import { askNewPassword } from "../new-password.ts";
import { showRecoveryCodes, showTotp } from "../second-factor.ts";

export function declareAdminInit(group: Command, cli: Cli): void {
  cli
    .verb(group, "init")
    .description("make the first admin of a deployment; asks for its ADMIN_TOKEN, or takes NOVACRON_ADMIN_TOKEN")
    .option("--name <name>", "of the admin", "admin")
    .option("--email <address>", "by which Cloudflare Access knows the admin")
    .action(
      cli.actAsNobody(
        async ({ client, terminal }, { name, email }: { readonly name: string; readonly email?: string }) => {
          const { ask } = terminal;
          if (ask === null) return err({ kind: "no-terminal", what: "a password" });
          const token =
            terminal.env.NOVACRON_ADMIN_TOKEN || (await ask("ADMIN_TOKEN of the deployment: ", { hidden: true }));
          const password = await askNewPassword(ask);
          if (!password.ok) return password;
          const wanted: BootstrapRequest = {
            name,
            password: password.value,
            ...(email === undefined ? {} : { email }),
          };
          const door = createClient({ url: client.url, token }, terminal);
          const made = await door.send("POST", "/principals/bootstrap", bootstrapReplySchema, wanted);
          if (!made.ok) return made;
          const { totp, recoveryCodes } = made.value;
          const lines = [
            await showTotp(totp),
            "",
            showRecoveryCodes(recoveryCodes),
            "",
            `${name} can sign in now: novacron login`,
          ];
          return ok({ json: made.value, text: lines.join("\n") });
        },
      ),
    );
}
