import { Secret, TOTP } from "otpauth";

/** Time steps of RFC 6238, section 4, with the 6 digits and SHA-1 that every authenticator app knows. */
const STEP_SECONDS = 30;
const DIGITS = 6;
/** Steps that a clock may be off, either way (section 5.2 recommends one). */
const MAX_SKEW_STEPS = 1;
/** RFC 4226, section 4, recommends 160 bits. */
export const TOTP_SECRET_BYTES = 20;
const ISSUER = "NovaCron";

/** A secret as authenticator apps take it: base32 (RFC 4648) without padding. */
export const totpSecret = (bytes: Uint8Array<ArrayBuffer>): string => new Secret({ buffer: bytes.buffer }).base32;

/** The `otpauth://` URI that goes into a QR code. */
export const totpUri = (secret: string, label: string): string => totp(secret, label).toString();

/**
 * The time step that a code stands for; `null` when it is wrong, or not newer than the last step that was used: a
 * code works once (section 5.2). `now` is in Unix milliseconds.
 */
export function totpStep(secret: string, code: string, lastStep: number, now: number): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const skew = totp(secret, "").validate({ token: code, timestamp: now, window: MAX_SKEW_STEPS });
  if (skew === null) return null;
  const step = Math.floor(now / 1000 / STEP_SECONDS) + skew;
  return step > lastStep ? step : null;
}

/** The code of the time step that `now` is in, for whoever holds the secret. */
export const totpCode = (secret: string, now: number): string => totp(secret, "").generate({ timestamp: now });

const totp = (secret: string, label: string) =>
  new TOTP({ issuer: ISSUER, label, secret, algorithm: "SHA1", digits: DIGITS, period: STEP_SECONDS });
