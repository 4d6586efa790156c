import { neighbourhoodOf } from "../../base/ip.ts";
import type { Facts } from "../../request/facts.ts";

/** Of a user agent; what is longer differs in its start. */
const MAX_AGENT = 512;

/** Whose a token or a clearance is. An address may change within its network, and a browser does not change its name. */
export interface Holder {
  /** /24 or /48. */
  readonly network: string;
  readonly agent: string;
}

export const holderOf = ({ client, fields }: Facts): Holder => ({
  network: neighbourhoodOf(client),
  agent: (fields["user-agent"] ?? "").slice(0, MAX_AGENT),
});

/** What is signed of a token. JSON, so that no text can end where another begins. */
export const tokenClaim = (body: string, host: string, { network, agent }: Holder): string =>
  JSON.stringify(["challenge", body, host, network, agent]);

/** What is signed of a clearance, which ends at `until`, Unix seconds. */
export const clearanceClaim = (service: string, until: number, { network, agent }: Holder): string =>
  JSON.stringify(["clearance", service, until, network, agent]);
