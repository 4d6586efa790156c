import { err, ok, type Result } from "../../src/base/result.ts";
import { writeUpstreamQuery } from "../../src/dns/bridge/upstream-query.ts";
import { decodeMessage, type Message } from "../../src/dns/decode-message.ts";
import { MAX_MESSAGE_BYTES } from "../../src/dns/encode-response.ts";
import type { Name } from "../../src/dns/name.ts";
import { NOERROR, NXDOMAIN } from "../../src/dns/rcode.ts";
import type { Rdata } from "../../src/dns/record-set.ts";
import { DS, NS, type RecordType, SOA, typeName } from "../../src/dns/record-type.ts";
import type { Outside } from "../../src/geodns/delegation.ts";
import { queryOf } from "../../src/geodns/question.ts";
import { readAtMost } from "../read-at-most.ts";
import type { Call } from "./route.ts";

/** A recursive resolver over HTTPS (RFC 8484). */
export interface Resolver {
  readonly url: string;
  readonly fetch: (url: string, request: RequestInit) => Promise<Response>;
}

const TIMEOUT_MS = 3000;
/** A packet may be lost on the resolver's own way. */
const TRIES = 2;

/** What the resolver of this deployment says of a zone. Never throws. */
export async function askOutside(call: Call, zone: Name): Promise<Outside> {
  const { resolver } = call.deps;
  if (resolver === null) return { kind: "unasked" };
  const [servers, soa, ds] = await Promise.all([NS, SOA, DS].map((type) => ask(call, resolver, zone, type)));
  if (!servers?.ok) return { kind: "silent", reason: servers?.error ?? "nothing was asked" };
  const [start] = soa?.ok ? soa.value : [];
  return {
    kind: "heard",
    servers: servers.value,
    serial: start === undefined ? null : serialOf(start),
    ds: ds?.ok ? ds.value : null,
  };
}

async function ask(
  call: Call,
  resolver: Resolver,
  zone: Name,
  type: RecordType,
): Promise<Result<readonly Rdata[], string>> {
  let answer = await askOnce(call, resolver, zone, type);
  for (let tries = 1; tries < TRIES && !answer.ok; tries++) answer = await askOnce(call, resolver, zone, type);
  return answer;
}

/** Recursion is desired; a broken chain of trust is to be seen, not to be hidden by SERVFAIL (RFC 4035, section 3.2.2). */
const FLAGS = 0x0110;
/** The answer is to be nobody's own (RFC 7871, section 7.1.2). */
const NOBODY = { family: 1, sourcePrefix: 0, scopePrefix: 0, address: new Uint8Array() } as const;

async function askOnce(
  call: Call,
  { url, fetch }: Resolver,
  name: Name,
  type: RecordType,
): Promise<Result<readonly Rdata[], string>> {
  const query = queryOf({ name, type: typeName(type), subnet: null, dnssecOk: false, checkingDisabled: true });
  if (!query.ok) return query;
  const { log, timer } = call.deps;
  const patience = new AbortController();
  const stop = timer(TIMEOUT_MS, () => patience.abort());
  try {
    const response = await fetch(url, {
      method: "POST",
      body: writeUpstreamQuery(query.value, NOBODY, FLAGS).slice(),
      headers: { "Content-Type": "application/dns-message", Accept: "application/dns-message" },
      // Who is asked is what the deployment names.
      redirect: "manual",
      signal: patience.signal,
    });
    const bytes = await readAtMost(response.body, MAX_MESSAGE_BYTES);
    if (response.status !== 200) return err(`the resolver answers with status ${response.status}`);
    const message = bytes && decodeMessage(bytes);
    return message?.ok ? valuesOf(message.value, name, type) : err(NO_ANSWER);
  } catch (cause) {
    log({ level: "warn", message: "the resolver does not answer", requestId: call.actor.requestId, cause });
    return err(
      patience.signal.aborted ? `the resolver is silent for ${TIMEOUT_MS} ms` : "the resolver cannot be reached",
    );
  } finally {
    stop();
  }
}

const NO_ANSWER = "what the resolver sends is no answer";
const RESPONSE = 0x8000;

/** Nothing where there is none, which the code or an empty answer says. */
function valuesOf(message: Message, name: Name, type: RecordType): Result<readonly Rdata[], string> {
  const { flags, questions, answer } = message;
  const isOurs = questions.length === 1 && questions[0]?.name === name && questions[0].type === type;
  if ((flags & RESPONSE) === 0 || !isOurs) return err(NO_ANSWER);
  const rcode = flags & 0xf;
  if (rcode !== NOERROR && rcode !== NXDOMAIN) return err(`the resolver answers ${typeName(type)} with code ${rcode}`);
  return ok(answer.filter((each) => each.name === name && each.type === type).map(({ rdata }) => rdata));
}

/** The serial is the first of the five numbers at the end (RFC 1035, section 3.3.13). */
const serialOf = (soa: Rdata): number =>
  new DataView(soa.buffer, soa.byteOffset, soa.byteLength).getUint32(soa.byteLength - 20);
