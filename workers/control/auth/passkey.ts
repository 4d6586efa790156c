import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import type { KeptPasskey } from "../../../src/auth/account.ts";
import type { Call } from "../route.ts";
import type { Assertion, Registration } from "../schema/passkey.ts";
import { fromBase64url, toBase64url } from "./base64url.ts";

const CHALLENGE_BYTES = 32;
/** WebAuthn Level 3, section 15.1, recommends five minutes where the user is verified. */
const CHALLENGE_MS = 300_000;
const RP_NAME = "NovaCron";

/** Not before it is needed: an isolate of the edge must not evaluate it at its start. */
const library = () => import("@simplewebauthn/server");

/** What a browser needs to make a passkey for the caller. */
export async function offerRegistration(call: Call) {
  const { id, name } = call.principal;
  const { generateRegistrationOptions } = await library();
  const own = await call.deps.auth.passkeys.list(id);
  return generateRegistrationOptions({
    rpName: RP_NAME,
    rpID: hostOf(call),
    userName: name,
    userID: Uint8Array.from(new TextEncoder().encode(id)),
    challenge: await newChallenge(call, id),
    timeout: CHALLENGE_MS,
    attestationType: "none",
    excludeCredentials: own.map((passkey) => ({ id: passkey.id })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
}

/** What a browser needs to use a passkey, whosever it is: it says nothing of who there is. */
export async function offerAuthentication(call: Call) {
  const { generateAuthenticationOptions } = await library();
  return generateAuthenticationOptions({
    rpID: hostOf(call),
    challenge: await newChallenge(call, null),
    timeout: CHALLENGE_MS,
    userVerification: "required",
  });
}

/** The passkey that a browser has made for the caller; `null` when it does not hold. */
export async function verifyRegistration(call: Call, name: string, given: Registration): Promise<KeptPasskey | null> {
  const { verifyRegistrationResponse } = await library();
  const { deps, principal } = call;
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: given as unknown as RegistrationResponseJSON,
      expectedChallenge: (challenge) => deps.auth.passkeys.takeChallenge(challenge, principal.id, deps.now()),
      expectedOrigin: call.origin,
      expectedRPID: hostOf(call),
      requireUserVerification: true,
    });
    if (!registrationInfo) return null;
    const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
    const key = toBase64url(publicKey);
    return {
      id,
      principal: principal.id,
      name,
      publicKey: key,
      counter,
      transports,
      createdAt: deps.now(),
      lastUsedAt: null,
    };
  } catch (cause) {
    return unlessUnreachable(cause);
  }
}

/** The passkey that has been used, with its user verified: two factors in one. `null` when it does not hold. */
export async function useAssertion(call: Call, given: Assertion): Promise<KeptPasskey | null> {
  const { verifyAuthenticationResponse } = await library();
  const { now, auth } = call.deps;
  const passkey = await auth.passkeys.find(given.id);
  if (passkey === null) return null;
  const { id, counter, transports } = passkey;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: given as unknown as AuthenticationResponseJSON,
      expectedChallenge: (challenge) => auth.passkeys.takeChallenge(challenge, null, now()),
      expectedOrigin: call.origin,
      expectedRPID: hostOf(call),
      credential: { id, publicKey: fromBase64url(passkey.publicKey), counter, transports: [...transports] },
      requireUserVerification: true,
    });
    if (!verified) return null;
    await auth.passkeys.noteUse(id, authenticationInfo.newCounter, now());
    return passkey;
  } catch (cause) {
    return unlessUnreachable(cause);
  }
}

/** The library throws at whatever does not hold; D1 names itself in what it throws. */
function unlessUnreachable(cause: unknown): null {
  if (String(cause).includes("D1_ERROR")) throw cause;
  return null;
}

async function newChallenge({ deps }: Call, principal: string | null): Promise<Uint8Array<ArrayBuffer>> {
  const challenge = deps.randomBytes(CHALLENGE_BYTES);
  await deps.auth.passkeys.keepChallenge(toBase64url(challenge), principal, deps.now() + CHALLENGE_MS);
  return challenge;
}

const hostOf = ({ origin }: Call) => new URL(origin).hostname;
