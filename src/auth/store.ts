import type { Account, Credential, KeptPasskey, KeptSession, KeptToken, Proofs, Standing } from "./account.ts";
import type { Attempts } from "./lockout.ts";
import type { Assignment, Role } from "./role.ts";

/** One page of a list, in order of id: those after `after`. */
export interface Span {
  readonly limit: number;
  readonly after: string | null;
}

/** Hashes are SHA-256 in hexadecimal digits. Times are Unix milliseconds. */
export interface AuthStore {
  readonly accounts: AccountStore;
  readonly roles: RoleStore;
  readonly sessions: SessionStore;
  readonly tokens: TokenStore;
  readonly passkeys: PasskeyStore;
  readonly attempts: AttemptStore;
  readonly networks: NetworkStore;
}

export type Saved = "saved" | "absent" | "name-taken" | "last-admin" | "too-many";

/** An admin is a person who has the role `admin` without a scope. The last one can neither go nor lose it. */
export interface AccountStore {
  create(account: Account, proofs: Proofs): Promise<Saved>;
  /** Only while there is no admin, whoever asks at the same time. */
  createFirst(account: Account, proofs: Proofs): Promise<"saved" | "exists">;
  list(span: Span): Promise<readonly Account[]>;
  find(id: string): Promise<Account | null>;
  findByName(name: string): Promise<{ readonly account: Account; readonly proofs: Proofs } | null>;
  /** With the roles that were made, so that Cloudflare Access needs one read. */
  findByEmail(email: string): Promise<Standing | null>;
  proofs(id: string): Promise<Proofs | null>;
  /** Sets roles and email, and ends all sessions of the principal when its roles have changed. */
  change(id: string, to: { readonly roles: readonly Assignment[]; readonly email: string | null }): Promise<Saved>;
  /** With its sessions, tokens, passkeys and codes. */
  remove(id: string): Promise<Saved>;
  setAllowlist(id: string, networks: readonly string[]): Promise<void>;
  /** Ends all sessions but one; `null` spares none. */
  setPassword(id: string, passwordHash: string, spare: string | null): Promise<void>;
  /** Shown, not confirmed. */
  offerTotp(id: string, secret: string): Promise<void>;
  /** Makes the pending secret the secret, and its recovery codes the only ones. */
  confirmTotp(id: string, secret: string, step: number, recoveryHashes: readonly string[]): Promise<boolean>;
  /** Keeps the same secret in another form, if it is kept as `before` still. */
  replaceTotpSecret(id: string, before: string, after: string): Promise<void>;
  /** Takes a time step that is newer than the last; false when somebody was faster. */
  useTotpStep(id: string, step: number): Promise<boolean>;
  /** Takes a recovery code; false when there is none such. */
  useRecoveryCode(id: string, hash: string): Promise<boolean>;
  setRecoveryCodes(id: string, hashes: readonly string[]): Promise<void>;
  /** A new password for who has lost everything: no second factor, no passkey and no session is left. */
  reset(id: string, passwordHash: string): Promise<void>;
}

export interface RoleStore {
  /** Those that were made. */
  list(): Promise<readonly Role[]>;
  /** Makes or replaces a role. Sessions of who has it end when it was there before. */
  put(role: Role, now: number): Promise<"created" | "changed" | "too-many">;
  /** Not while anybody has it. */
  remove(name: string): Promise<"removed" | "absent" | "in-use">;
}

export interface SessionStore {
  create(session: KeptSession, hash: string): Promise<void>;
  find(hash: string, now: number): Promise<Extract<Credential, { kind: "session" }> | null>;
  read(id: string): Promise<KeptSession | null>;
  list(span: Span, now: number): Promise<readonly KeptSession[]>;
  extend(id: string, expiresAt: number): Promise<void>;
  useSecondFactor(id: string, at: number): Promise<void>;
  remove(id: string): Promise<boolean>;
}

export interface TokenStore {
  create(token: KeptToken, hash: string): Promise<"saved" | "too-many">;
  find(hash: string, now: number): Promise<Extract<Credential, { kind: "token" }> | null>;
  read(id: string): Promise<KeptToken | null>;
  list(span: Span): Promise<readonly KeptToken[]>;
  noteUse(id: string, at: number): Promise<void>;
  remove(id: string): Promise<boolean>;
}

export interface PasskeyStore {
  create(passkey: KeptPasskey): Promise<"saved" | "exists" | "too-many">;
  list(principal: string): Promise<readonly KeptPasskey[]>;
  find(id: string): Promise<KeptPasskey | null>;
  noteUse(id: string, counter: number, at: number): Promise<void>;
  remove(principal: string, id: string): Promise<boolean>;
  /** Keeps a challenge until it is taken; the oldest go when there are too many. */
  keepChallenge(challenge: string, principal: string | null, expiresAt: number): Promise<void>;
  /** Takes a challenge, which works once. */
  takeChallenge(challenge: string, principal: string | null, now: number): Promise<boolean>;
}

export interface AttemptStore {
  read(key: string): Promise<Attempts | null>;
  /** Only if it is still as it was read; false when somebody was faster. Drops what is older than `forgottenBefore`. */
  replace(key: string, before: Attempts | null, after: Attempts | null, forgottenBefore: number): Promise<boolean>;
}

/** The allowlist of the whole control plane; empty is anywhere. */
export interface NetworkStore {
  read(): Promise<readonly string[]>;
  write(networks: readonly string[]): Promise<void>;
}

/** Keys of attempts, and challenges, that strangers can make us keep. */
export const MAX_ATTEMPT_KEYS = 10_000;
export const MAX_CHALLENGES = 1000;
