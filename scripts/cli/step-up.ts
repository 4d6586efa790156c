import type { Terminal } from "./cli.ts";

/** Asks for a second factor, as the control plane takes it: six digits are a code, anything else a recovery code. */
export async function stepUp(ask: NonNullable<Terminal["ask"]>) {
  const given = (await ask("Code of your authenticator app, or a recovery code: ")).trim();
  return asFactor(given);
}

export const asFactor = (given: string) => (/^\d{6}$/.test(given) ? { code: given } : { recoveryCode: given });
