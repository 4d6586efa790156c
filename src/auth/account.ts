import type { Assignment, Role } from "./role.ts";

/** Who may come in, as it is kept. Times are Unix milliseconds. */
export interface Account {
  readonly id: string;
  /** What a person signs in with, and what the history shows. Unique without regard to case. */
  readonly name: string;
  readonly kind: "person" | "machine";
  /** By which Cloudflare Access knows the person; unique. */
  readonly email: string | null;
  readonly roles: readonly Assignment[];
  /** Networks from which it may come, in canonical form; empty is anywhere. */
  readonly allowlist: readonly string[];
  readonly createdAt: number;
}

/** What proves that somebody is who they say. */
export interface Proofs {
  /** As `hashPassword` has made it; `null` for machines. */
  readonly passwordHash: string | null;
  /** Base32; `null` until one is confirmed. */
  readonly totpSecret: string | null;
  /** The last time step whose code was used, 0 when none was. */
  readonly totpStep: number;
  /** One that has been shown and not confirmed. */
  readonly pendingTotpSecret: string | null;
}

export interface KeptSession {
  readonly id: string;
  readonly principal: string;
  readonly transport: "bearer" | "cookie";
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly endsAt: number;
  readonly secondFactorAt: number | null;
}

export interface KeptToken {
  readonly id: string;
  readonly principal: string;
  readonly name: string;
  /** What it may do of what its machine may; `null` is all. */
  readonly limit: Assignment | null;
  readonly createdAt: number;
  /** `null` never ends. */
  readonly expiresAt: number | null;
  /** To about a minute; `null` is never. */
  readonly lastUsedAt: number | null;
  readonly stepUpExempt: boolean;
}

/** Everything that a request is judged by, read at one time. */
export interface Standing {
  readonly account: Account;
  readonly roles: readonly Role[];
}
export type Credential =
  | ({ readonly kind: "session"; readonly session: KeptSession } & Standing)
  | ({ readonly kind: "token"; readonly token: KeptToken } & Standing);

export interface KeptPasskey {
  /** The credential id, base64url. */
  readonly id: string;
  readonly principal: string;
  readonly name: string;
  /** COSE, base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

export const MAX_PRINCIPALS = 10_000;
export const MAX_TOKENS_PER_PRINCIPAL = 100;
export const MAX_PASSKEYS_PER_PRINCIPAL = 20;
/** Sessions of one principal; a new one past it ends the oldest. */
export const MAX_SESSIONS_PER_PRINCIPAL = 50;
/** Networks on an allowlist of the control plane. */
export const MAX_CONTROL_NETWORKS = 200;

/** Of who has not been given any. */
export const noProofs: Proofs = { passwordHash: null, totpSecret: null, totpStep: 0, pendingTotpSecret: null };
