/** A session lives this long, and as long again from each renewal, */
export const SESSION_MS = 15 * 60_000;
/** but no longer than this in all. */
export const SESSION_MAX_MS = 12 * 3_600_000;

/** The times of a session, in Unix milliseconds. */
export interface SessionTimes {
  readonly expiresAt: number;
  /** No renewal goes past it. */
  readonly endsAt: number;
  /** When a second factor was last used; `null` is never. */
  readonly secondFactorAt: number | null;
}

export type SessionEvent = { readonly kind: "renewed" } | { readonly kind: "second-factor-used" };

export const beginSession = (now: number, secondFactorAt: number | null): SessionTimes => ({
  expiresAt: now + SESSION_MS,
  endsAt: now + SESSION_MAX_MS,
  secondFactorAt,
});

export const isLive = ({ expiresAt }: Pick<SessionTimes, "expiresAt">, now: number): boolean => now < expiresAt;

/** `null` when the session is over: nothing brings it back. */
export function stepSession<T extends SessionTimes>(session: T, event: SessionEvent, now: number): T | null {
  if (!isLive(session, now)) return null;
  switch (event.kind) {
    case "renewed":
      return { ...session, expiresAt: Math.min(session.endsAt, now + SESSION_MS) };
    case "second-factor-used":
      return { ...session, secondFactorAt: now };
  }
}
