import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";

/** Cloudflare Access in front of the control plane: whom it vouches for in a request, by email. */
export type AccessVerifier = (jwt: string) => Promise<string | null>;

export interface AccessSettings {
  /** `https://TEAM.cloudflareaccess.com`, which signs. */
  readonly issuer: string;
  /** The tag of the Access application; a token for another application of the team is not for us. */
  readonly audience: string;
}

const claimsSchema = z.object({ email: z.email() });

/** Keys are fetched when one is named that is not known, at most every 30 s, and kept for 10 minutes (jose's own). */
export const accessKeys = ({ issuer }: AccessSettings): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL("/cdn-cgi/access/certs", issuer));

/** Of a service token, which names nobody, and of any JWT that does not hold, `null`. */
export function createAccessVerifier({ issuer, audience }: AccessSettings, keys: JWTVerifyGetKey): AccessVerifier {
  return async (jwt) => {
    try {
      const options = { issuer, audience, algorithms: ["RS256"], requiredClaims: ["exp", "iat"] };
      const { payload } = await jwtVerify(jwt, keys, options);
      return claimsSchema.safeParse(payload).data?.email ?? null;
    } catch {
      return null;
    }
  };
}
