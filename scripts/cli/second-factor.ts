import qrcode from "qrcode";
import { err, ok, type Result } from "../../src/base/result.ts";
import {
  type RecoveryCodesReply,
  recoveryCodesSchema,
  type TotpOffer,
  totpOfferSchema,
} from "../../workers/control/schema/principal.ts";
import type { Terminal } from "./cli.ts";
import type { Client } from "./client.ts";
import type { Failure } from "./failure.ts";

/** What an authenticator app is given: as a picture, and to be typed. */
export async function showTotp({ secret, uri }: TotpOffer): Promise<string> {
  const picture = await qrcode.toString(uri, { type: "utf8", errorCorrectionLevel: "L" });
  return `Scan this with an authenticator app, or type the secret into it. It is not shown again.\n${picture}\nsecret  ${secret}`;
}

export const showRecoveryCodes = (codes: readonly string[]): string =>
  [
    "Recovery codes, for when the app is lost. Each works once; they are not shown again.",
    ...codes.map((code) => `  ${code}`),
  ].join("\n");

/** Sets up the first second factor of who has just signed in without one. */
export async function setUpFactor(
  client: Client,
  terminal: Terminal,
  ask: NonNullable<Terminal["ask"]>,
): Promise<Result<RecoveryCodesReply, Failure>> {
  const offer = await client.send("POST", "/principals/me/totp", totpOfferSchema);
  if (!offer.ok) return offer;
  terminal.err(`${await showTotp(offer.value)}\n`);
  const code = (await ask("Code that the app shows now: ")).trim();
  if (!/^\d{6}$/.test(code)) return err({ kind: "unusable", detail: "a code has six digits" });
  const confirmed = await client.send("POST", "/principals/me/totp/confirm", recoveryCodesSchema, { code });
  return confirmed.ok ? ok(confirmed.value) : confirmed;
}
