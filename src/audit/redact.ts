import { secretPattern } from "../auth/secret.ts";

export const REDACTED = "[redacted]";

/** Fields of these names, whole or in part, in any spelling: `passwordHash`, `totp_secret`, `api-token`. */
const SECRET =
  /password|passphrase|passcode|secret|token|totp|recoverycode|privatekey|apikey|signingkey|authorization|cookie/;

/** What gives itself away as a secret wherever it stands; group 1 stays. Recovery codes look like ids of nodes. */
const SECRETS: readonly RegExp[] = [
  secretPattern,
  // TOTP secrets: 160 bits or more in base32.
  /()\b[A-Z2-7]{32,}\b/g,
  /(\botpauth:\/\/)[^\s"]+/g,
  // Hashes of passwords, and what is sealed.
  /(\b(?:scrypt|aes-gcm)\$)[^\s"]+/g,
  /(\b(?:Bearer|Basic) +)[\w.~+/=-]+/gi,
  // JWTs (RFC 7519): the header begins with `{"`.
  /()\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /()-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  // A user and a password in a URL, and parameters of such names.
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@"]+(?=@)/gi,
  /([?&][\w-]*(?:password|secret|token|key|sig|signature)=)[^\s&#"]+/gi,
];

/** That a secret is there, came or went may be seen; what it is may not. Told by its field's name, and by its look. */
export function redact(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]): [string, unknown] => {
    const isSecret = SECRET.test(name.replace(/[-_]/g, "").toLowerCase());
    return [redactText(name), isSecret && member !== null && typeof member !== "boolean" ? REDACTED : redact(member)];
  });
  return Object.fromEntries(members);
}

export const redactText = (text: string): string =>
  SECRETS.reduce((rest, pattern) => rest.replace(pattern, (_, kept: string) => kept + REDACTED), text);
