import type { Task } from "./task.ts";

/** A challenge as its client carries it, but for the signature that is behind its last dot. */
export interface Token {
  readonly service: string;
  readonly task: { readonly kind: "proof-of-work"; readonly bits: number } | { readonly kind: "turnstile" };
  /** Unix seconds. */
  readonly expiresAt: number;
  /** For how long who has met it is not asked again, from `expiresAt` on. */
  readonly clearanceSeconds: number;
  /** 32 hexadecimal digits. */
  readonly nonce: string;
}

export const MAX_TOKEN_LENGTH = 200;

const BODY = /^([a-z0-9][a-z0-9-]{0,62})\.(?:p(\d{1,2})|t)\.(\d{1,12})\.(\d{1,6})\.([0-9a-f]{32})$/;

export function encodeToken({ service, expiresAt, clearanceSeconds, nonce, ...token }: TokenOf<Task>): string {
  const task = token.task.kind === "turnstile" ? "t" : `p${token.task.bits}`;
  return `${service}.${task}.${expiresAt}.${clearanceSeconds}.${nonce}`;
}

type TokenOf<T> = Omit<Token, "task"> & { readonly task: Token["task"] | T };

/** `null` for what no edge has written. Whether one has is what the signature says. */
export function decodeToken(text: string): Token | null {
  const parts = text.length > MAX_TOKEN_LENGTH ? null : BODY.exec(text);
  if (!parts) return null;
  const [, service = "", bits, expiresAt, clearanceSeconds, nonce = ""] = parts;
  return {
    service,
    task: bits === undefined ? { kind: "turnstile" } : { kind: "proof-of-work", bits: Number(bits) },
    expiresAt: Number(expiresAt),
    clearanceSeconds: Number(clearanceSeconds),
    nonce,
  };
}

/**
 * When the clearance that a token gives ends, Unix seconds. It hangs on the token alone, so that who hands a token in
 * twice gets the cookie that they have already, and nothing is gained by it.
 */
export const clearedUntil = ({ expiresAt, clearanceSeconds }: Token): number => expiresAt + clearanceSeconds;
