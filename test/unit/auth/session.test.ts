import { expect, it } from "vitest";
import { beginSession, isLive, SESSION_MAX_MS, SESSION_MS, stepSession } from "../../../src/auth/session.ts";

const NOW = 1_000_000;
const begun = beginSession(NOW, null);

it("lives for fifteen minutes", () => {
  expect(SESSION_MS).toBe(900_000);
  expect([isLive(begun, NOW + SESSION_MS - 1), isLive(begun, NOW + SESSION_MS)]).toEqual([true, false]);
});

it("is renewed up to twelve hours, and ends there", () => {
  let session = begun;
  let now = NOW;
  while (session.expiresAt < session.endsAt) {
    now = session.expiresAt - 1;
    const renewed = stepSession(session, { kind: "renewed" }, now);
    if (renewed === null) throw new Error("it ended early");
    session = renewed;
  }
  expect(session.expiresAt).toBe(NOW + SESSION_MAX_MS);
  expect(stepSession(session, { kind: "renewed" }, session.expiresAt - 1)?.expiresAt).toBe(session.expiresAt);
  expect(stepSession(session, { kind: "renewed" }, session.expiresAt)).toBeNull();
});

it("does not come back", () => {
  expect(stepSession(begun, { kind: "renewed" }, begun.expiresAt)).toBeNull();
});
