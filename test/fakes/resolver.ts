import { decodeQuery } from "../../src/dns/decode-query.ts";
import { encodeResponse, MAX_MESSAGE_BYTES } from "../../src/dns/encode-response.ts";
import type { Query } from "../../src/dns/query.ts";
import { NOERROR, NXDOMAIN, type Rcode } from "../../src/dns/rcode.ts";
import { parseValue } from "../../src/dns/rdata/parse-value.ts";
import { typeName } from "../../src/dns/record-type.ts";
import type { Resolver } from "../../workers/control/resolver.ts";

/** A recursive resolver to which the world is what it has learnt, with values as zone files have them. */
export class FakeResolver implements Resolver {
  readonly url = "https://resolver.test/dns-query";
  readonly #records = new Map<string, readonly string[]>();
  /** In place of what it knows. */
  rcode: Rcode | null = null;
  /** Calls that it fails, before it answers. */
  failures = 0;
  change: (response: Response) => Response = (response) => response;
  readonly asked: string[] = [];

  readonly fetch = async (url: string, { method, body, headers }: RequestInit): Promise<Response> => {
    const type = new Headers(headers).get("Content-Type");
    if (url !== this.url || method !== "POST" || type !== "application/dns-message" || !(body instanceof Uint8Array))
      throw new Error("not as RFC 8484 has it");
    if (this.failures > 0) {
      this.failures--;
      throw new Error("Network connection lost.");
    }
    const query = decodeQuery(body);
    if (!query.ok) throw new Error(JSON.stringify(query.error));
    return this.change(new Response(this.#answer(query.value).slice(), { headers: { "Content-Type": type } }));
  };

  #answer({ head, question, edns }: Query): Uint8Array {
    if (!head.recursionDesired || !head.checkingDisabled) throw new Error("a resolver of stubs is asked to recurse");
    const { name, type } = question;
    this.asked.push(`${name} ${typeName(type)}`);
    const values = this.rcode === null ? (this.#records.get(`${name} ${typeName(type)}`) ?? []) : [];
    const exists = [...this.#records.keys()].some((key) => key.startsWith(`${name} `));
    return encodeResponse(
      {
        head,
        question,
        rcode: this.rcode ?? (exists ? NOERROR : NXDOMAIN),
        authoritative: false,
        answer:
          values.length === 0 ? [] : [{ name, type, ttl: 60, values: values.map((v) => read(type, v)), zone: null }],
        authority: [],
        additional: [],
        denial: null,
        edns: edns && { dnssecOk: false, compactOk: false, subnet: null, cookie: null },
      },
      { maxBytes: MAX_MESSAGE_BYTES },
    );
  }

  learn(name: string, type: string, values: readonly string[]): void {
    this.#records.set(`${name} ${type}`, values);
  }
}

function read(type: number, text: string): Uint8Array {
  const value = parseValue(type, text);
  if (!value.ok) throw new Error(`${text}: ${value.error.message}`);
  return value.value;
}
