import { ipOfWords } from "../base/ip.ts";
import type { ClientSubnet } from "../dns/client-subnet.ts";
import { absolute } from "../dns/name.ts";
import { printRdata } from "../dns/rdata/presentation.ts";
import type { Response, Rrset } from "../dns/response.ts";

/** One record as public resolvers write it in JSON. */
export interface RecordJson {
  readonly name: string;
  /** The number of its type. */
  readonly type: number;
  /** Seconds. */
  readonly TTL: number;
  readonly data: string;
}

/** An answer in the JSON that public resolvers have in common (Google and Cloudflare document it; no RFC does). */
export interface AnswerJson {
  /** The response code. */
  readonly Status: number;
  readonly TC: boolean;
  readonly RD: boolean;
  readonly RA: boolean;
  readonly AD: boolean;
  readonly CD: boolean;
  readonly Question: readonly { readonly name: string; readonly type: number }[];
  readonly Answer?: readonly RecordJson[];
  readonly Authority?: readonly RecordJson[];
  readonly Additional?: readonly RecordJson[];
  /** Network and scope: `203.0.113.0/24/24`. */
  readonly edns_client_subnet?: string;
}

export function answerJson(response: Response): AnswerJson {
  const { head, question, rcode, answer, authority, additional, edns } = response;
  const section = <K extends string>(name: K, sets: readonly Rrset[]) =>
    (sets.length === 0 ? {} : { [name]: sets.flatMap(recordsOf) }) as { readonly [N in K]?: RecordJson[] };
  return {
    Status: rcode,
    TC: false,
    RD: head.recursionDesired,
    RA: false,
    AD: false,
    CD: head.checkingDisabled,
    Question: question === null ? [] : [{ name: absolute(question.name), type: question.type }],
    ...section("Answer", answer),
    ...section("Authority", authority),
    ...section("Additional", additional),
    ...(edns?.subnet ? { edns_client_subnet: subnetText(edns.subnet) } : {}),
  };
}

const recordsOf = ({ name, type, ttl, values }: Rrset): RecordJson[] =>
  values.map((value) => ({ name: absolute(name), type, TTL: ttl, data: printRdata(type, value) }));

function subnetText({ family, address, sourcePrefix, scopePrefix }: ClientSubnet): string {
  const bytes = new DataView(new ArrayBuffer(family === 2 ? 16 : 4));
  for (const [at, byte] of address.entries()) bytes.setUint8(at, byte);
  const words = Array.from({ length: bytes.byteLength / 4 }, (_, at) => bytes.getUint32(at * 4));
  return `${ipOfWords(words).text}/${sourcePrefix}/${scopePrefix}`;
}
