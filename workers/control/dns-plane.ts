import { writeUpstreamQuery } from "../../src/dns/bridge/upstream-query.ts";
import { decodeMessage } from "../../src/dns/decode-message.ts";
import type { Place } from "../../src/geo/place.ts";
import { queryOf } from "../../src/geodns/question.ts";
import type { Served } from "../../src/geodns/served.ts";
import type { Call } from "./route.ts";

/** Asks the DNS plane over its own door, as a client at some place does. */
export type DnsPlane = (query: Uint8Array<ArrayBuffer>, place: Place) => Promise<Response>;

/** A client that tells nothing of its address, so that the place alone counts. */
const NOBODY = { family: 0, sourcePrefix: 0, scopePrefix: 0, address: new Uint8Array() } as const;

export interface Question {
  readonly name: string;
  readonly type: string;
  readonly place: Place;
  /** Whether signatures are wanted. */
  readonly dnssecOk: boolean;
}

/** What a client of the DNS plane is answered; `null` where it is not, which is logged. */
export async function askDnsPlane(call: Call, { place, ...asked }: Question): Promise<Served | null> {
  const query = queryOf({ ...asked, subnet: null, checkingDisabled: false });
  if (!query.ok) return null;
  const { log, dnsPlane } = call.deps;
  const { requestId } = call.actor;
  try {
    const response = await dnsPlane(writeUpstreamQuery(query.value, NOBODY).slice(), place);
    const message = decodeMessage(new Uint8Array(await response.arrayBuffer()));
    if (response.status !== 200 || !message.ok) throw new Error(`the DNS plane answers ${response.status}`);
    const epoch = response.headers.get("X-Novacron-Epoch");
    return { epoch: epoch === null ? null : Number(epoch), message: message.value };
  } catch (cause) {
    log({ level: "error", message: "the DNS plane does not answer", requestId, cause });
    return null;
  }
}
