import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import type { Credential } from "../../../src/auth/account.ts";
import type { SecretKind } from "../../../src/auth/secret.ts";
import type { AuthStore } from "../../../src/auth/store.ts";
import { keepRecent } from "../../../src/base/keep-recent.ts";

/** What is read of the store is believed for this long: a revocation is seen everywhere within it. */
const MAX_AGE_MS = 1000;
/** Credentials that an isolate remembers; only those that exist, so that strangers do not fill it. */
const MAX_KEPT = 1000;
/** How exact the last use of a token is. */
const USE_NOTED_MS = 60_000;

/** Reads who comes with a secret, and where anybody may come from, from the store or a moment's memory. */
export class Credentials {
  readonly #store: AuthStore;
  readonly #now: () => number;
  readonly #kept = new Map<string, { readonly credential: Credential; readonly at: number }>();
  #networks: { readonly list: readonly string[]; readonly at: number } | null = null;

  constructor(store: AuthStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async find(kind: SecretKind, secret: string): Promise<Credential | null> {
    const hash = await sha256Hex(secret);
    const now = this.#now();
    const kept = this.#kept.get(hash);
    if (kept && isYoung(kept.at, now)) return isOver(kept.credential, now) ? null : kept.credential;
    this.#kept.delete(hash);
    const { sessions, tokens } = this.#store;
    const credential = kind === "token" ? await tokens.find(hash, now) : await sessions.find(hash, now);
    if (credential === null) return null;
    if (credential.kind === "token") await this.#noteUse(credential, now);
    this.#keep(hash, credential, now);
    return credential;
  }

  async networks(): Promise<readonly string[]> {
    const now = this.#now();
    if (this.#networks !== null && isYoung(this.#networks.at, now)) return this.#networks.list;
    const list = await this.#store.networks.read();
    this.#networks = { list, at: now };
    return list;
  }

  /** After a change that was made here, so that the next request sees it at once. */
  forget(): void {
    this.#kept.clear();
    this.#networks = null;
  }

  /** `at` is when the reading began: what was revoked meanwhile is believed no longer for having been read slowly. */
  #keep(hash: string, credential: Credential, at: number): void {
    keepRecent(this.#kept, hash, { credential, at }, MAX_KEPT);
  }

  async #noteUse({ token }: Extract<Credential, { kind: "token" }>, now: number): Promise<void> {
    if (token.lastUsedAt === null || now - token.lastUsedAt >= USE_NOTED_MS)
      await this.#store.tokens.noteUse(token.id, now);
  }
}

const isYoung = (at: number, now: number) => now >= at && now - at < MAX_AGE_MS;

function isOver(credential: Credential, now: number): boolean {
  const { expiresAt } = credential.kind === "token" ? credential.token : credential.session;
  return expiresAt !== null && expiresAt <= now;
}
