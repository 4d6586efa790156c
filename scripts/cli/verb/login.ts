import type { Command } from "commander";
import { err, ok } from "../../../src/base/result.ts";
import { newSessionSchema, type SignInRequest } from "../../../workers/control/schema/session.ts";
import type { Cli } from "../cli.ts";
import { createClient } from "../client.ts";
import { setUpFactor, showRecoveryCodes } from "../second-factor.ts";
import { writeSession } from "../session-file.ts";
import { asFactor } from "../step-up.ts";

/** What needs no sign-in. */
const TOKEN_INSTEAD = "set NOVACRON_URL and NOVACRON_TOKEN, by which machines come in";

export function declareLogin(program: Command, cli: Cli): void {
  cli
    .verb(program, "login")
    .description("sign in, with a password and a second factor; NOVACRON_URL says where")
    .option("--name <name>", "who you are")
    .action(
      cli.actAsNobody(async ({ client, terminal }, options: { readonly name?: string }) => {
        const { ask } = terminal;
        if (ask === null) return err({ kind: "no-terminal", what: "a password", instead: TOKEN_INSTEAD });
        const name = options.name ?? (await ask("Name: ")).trim();
        const password = await ask("Password: ", { hidden: true });
        const factor = (await ask("Code or recovery code (none yet: leave empty): ")).trim();
        const wanted: SignInRequest = { name, password, ...(factor === "" ? {} : asFactor(factor)) };
        const session = await client.send("POST", "/sessions", newSessionSchema, wanted);
        if (!session.ok) return session;
        const { token, expiresAt, secondFactor, principal } = session.value;
        if (token === null) return err({ kind: "unusable", detail: "the control plane gave no bearer" });
        await writeSession(terminal, { url: client.url, token, expiresAt });
        const json = { principal, expiresAt, secondFactor };
        const text = `signed in at ${client.url} as ${principal.name}`;
        if (secondFactor === "used") return ok({ json, text });
        const set = await setUpFactor(createClient({ url: client.url, token }, terminal), terminal, ask);
        if (!set.ok) return set;
        const { recoveryCodes } = set.value;
        return ok({ json: { ...json, recoveryCodes }, text: `${showRecoveryCodes(recoveryCodes)}\n${text}` });
      }),
    );
}
