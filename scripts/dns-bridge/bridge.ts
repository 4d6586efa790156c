import type { Ip } from "../../src/base/ip.ts";
import { type Answer, type AnswerKind, kindOf, readAnswer } from "../../src/dns/bridge/answer.ts";
import { AnswerCache, type Asked } from "../../src/dns/bridge/answer-cache.ts";
import { type ReplyTerms, writeBare, writeReply } from "../../src/dns/bridge/reply.ts";
import {
  type Measure,
  RESPONSE_RATES,
  ResponseRateLimit,
  type ResponseRates,
} from "../../src/dns/bridge/response-rate.ts";
import { isLoopback, networkKey, subnetOf } from "../../src/dns/bridge/subnet.ts";
import { queryKey, writeUpstreamQuery } from "../../src/dns/bridge/upstream-query.ts";
import { type CookieCheck, checkCookie } from "../../src/dns/cookie.ts";
import { decodeQuery } from "../../src/dns/decode-query.ts";
import { encodeResponse, MAX_MESSAGE_BYTES, refusal, udpLimit } from "../../src/dns/encode-response.ts";
import { ROOT } from "../../src/dns/name.ts";
import type { Query, Unanswerable } from "../../src/dns/query.ts";
import { NOERROR, SERVFAIL } from "../../src/dns/rcode.ts";
import { NS } from "../../src/dns/record-type.ts";
import { zeroCounters } from "./counters.ts";
import type { Upstream } from "./upstream.ts";

export interface BridgeOptions {
  readonly ask: Upstream;
  /** 16 bytes each: the first makes cookies, the others are still believed. */
  readonly cookieSecrets: readonly [Uint8Array, ...Uint8Array[]];
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly unixSeconds: () => number;
  /** 0 keeps nothing. */
  readonly cacheBytes?: number;
  readonly rates?: ResponseRates;
}

/** Who asks, and how. */
export interface Client {
  readonly ip: Ip;
  readonly transport: "udp" | "tcp";
}

/** A client, and what its cookie proves; `null` for one that sent none. */
interface Asker extends Client {
  readonly cookie: CookieCheck | null;
}

/** `null` is silence. */
export type BridgeReply = Uint8Array | null;

const CACHE_BYTES = 64 * 1024 * 1024;
const MAX_ACCOUNTS = 100_000;
/** What is stale is given for so long at a time (RFC 8767, section 4). */
const STALE_TTL_SECONDS = 30;
/** After a failure, what is stale is given at once for so long, and nobody waits (RFC 8767, section 5). */
const RECHECK_MS = 1000;
/** How long the cache may be behind the table when nothing else is asked. */
export const POLL_MS = 1000;
/** Who the name servers of the root are, in class IN. */
const ELSEWHERE: Query = {
  head: { id: 0, opcode: 0, recursionDesired: false, checkingDisabled: false },
  question: { name: ROOT, asked: Uint8Array.of(0), type: NS, class: 1 },
  edns: null,
};
const NOBODY = { family: 0, sourcePrefix: 0, scopePrefix: 0, address: new Uint8Array() } as const;

/**
 * Answers DNS queries by asking the Worker, which knows the zones; this knows the client's address, how much fits into
 * its packets, what was answered before, and how much to tell whom.
 */
export class Bridge {
  readonly counters = zeroCounters();
  readonly cache: AnswerCache;
  readonly #options: BridgeOptions;
  readonly #limit: ResponseRateLimit;
  /** Queries under way: who asks the same in the meantime waits for the same. */
  readonly #asking = new Map<string, Promise<Answer | null>>();
  #failedAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.cache = new AnswerCache(options.cacheBytes ?? CACHE_BYTES);
    this.#limit = new ResponseRateLimit(options.rates ?? RESPONSE_RATES, MAX_ACCOUNTS);
  }

  /** At once where the cache knows. */
  reply(bytes: Uint8Array, client: Client): BridgeReply | Promise<BridgeReply> {
    const read = decodeQuery(bytes);
    if (!read.ok) return this.#refuse(read.error, client);
    const query = read.value;
    const asker = { ...client, cookie: this.#check(query, client) };
    this.counters.queries += 1;
    const asked = { key: queryKey(query), subnet: query.edns?.subnet ?? subnetOf(client.ip) };
    const now = this.#options.now();
    const found = isPlain(query) ? this.cache.find(asked, now) : null;
    if (found && found.ageMs < found.answer.ttlSeconds * 1000) {
      this.counters.hits += 1;
      return this.#write(query, found.answer, { seconds: Math.floor(found.ageMs / 1000) }, asker);
    }
    if (found && now - this.#failedAt < RECHECK_MS) return this.#writeStale(query, found.answer, asker);
    return this.#fetch(query, asked).then((answer) => {
      if (answer) return this.#write(query, answer, { seconds: 0 }, asker);
      return found ? this.#writeStale(query, found.answer, asker) : this.#bare(query, asker, SERVFAIL);
    });
  }

  /**
   * Learns of a table that has moved while the cache had all the answers: asks what the Worker refuses, as it does outside
   * its zones, for the sake of the epoch that stands beside.
   */
  async poll(): Promise<void> {
    const { ask, now } = this.#options;
    if (this.cache.size === 0 || now() - this.#askedAt < POLL_MS) return;
    this.#askedAt = now();
    const reply = await ask(writeUpstreamQuery(ELSEWHERE, NOBODY));
    if (reply.ok && reply.value.epoch !== null) this.cache.move(reply.value.epoch);
  }

  #fetch(query: Query, asked: Asked): Promise<Answer | null> {
    const { key, subnet } = asked;
    const name = `${query.edns?.version ?? 0} ${networkKey(subnet, subnet.sourcePrefix)} ${key}`;
    const under = this.#asking.get(name);
    if (under) return under;
    const asking = this.#ask(query, asked).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return asking;
  }

  async #ask(query: Query, asked: Asked): Promise<Answer | null> {
    const { ask, now } = this.#options;
    this.counters.asked += 1;
    this.#askedAt = now();
    const reply = await ask(writeUpstreamQuery(query, asked.subnet));
    const answer = reply.ok ? readAnswer(reply.value.bytes, query) : null;
    // One name that fails says nothing of the others.
    this.#failedAt = reply.ok ? Number.NEGATIVE_INFINITY : now();
    if (!reply.ok || answer === null || answer.rcode === SERVFAIL) {
      this.counters.failed += 1;
      return null;
    }
    const { epoch, mayKeep } = reply.value;
    if (epoch !== null) this.cache.move(epoch);
    if (epoch !== null && mayKeep && isPlain(query)) this.cache.keep(asked, answer, epoch, now());
    return answer;
  }

  #writeStale(query: Query, answer: Answer, asker: Asker): BridgeReply {
    this.counters.stale += 1;
    return this.#write(query, answer, { ttlSeconds: STALE_TTL_SECONDS }, asker);
  }

  #write(query: Query, answer: Answer, age: ReplyTerms["age"], asker: Asker): BridgeReply {
    const cookie = asker.cookie?.reply ?? null;
    if (asker.transport === "tcp") return writeReply(query, answer, { maxBytes: MAX_MESSAGE_BYTES, age, cookie });
    switch (this.#measure(query, kindOf(answer), asker)) {
      case "drop":
        return null;
      case "cut":
        return writeBare(query, NOERROR, cookie, true);
      case "send":
        return writeReply(query, answer, { maxBytes: udpLimit(query.edns), age, cookie });
    }
  }

  #bare(query: Query, asker: Asker, rcode: number): BridgeReply {
    if (asker.transport === "udp" && this.#measure(query, "error", asker) !== "send") return null;
    return writeBare(query, rcode, asker.cookie?.reply ?? null);
  }

  #refuse(unanswerable: Unanswerable, client: Client): BridgeReply {
    if (unanswerable.kind === "dropped" || !this.#mayRefuse(client)) {
      this.counters.ignored += 1;
      return null;
    }
    this.counters.refused += 1;
    return encodeResponse(refusal(unanswerable.head, unanswerable.rcode, unanswerable), {
      maxBytes: MAX_MESSAGE_BYTES,
    });
  }

  /** What cannot be read is answered by no more than was sent of it, so that cutting it short would gain nothing. */
  #mayRefuse({ ip, transport }: Client): boolean {
    if (transport === "tcp" || isLoopback(ip)) return true;
    return this.#limit.measure(ip, "error", "", this.#options.now()) === "send";
  }

  /** Over TCP, and with a cookie of ours, the address is the client's own; and nobody outside has one of this machine's. */
  #measure(query: Query, kind: AnswerKind, { ip, cookie }: Asker): Measure {
    if (isLoopback(ip) || cookie?.isProven) return "send";
    const measure = this.#limit.measure(ip, kind, queryKey(query), this.#options.now());
    if (measure === "cut") this.counters.cut += 1;
    if (measure === "drop") this.counters.dropped += 1;
    return measure;
  }

  #check({ edns }: Query, { ip }: Client): CookieCheck | null {
    const { cookieSecrets, unixSeconds } = this.#options;
    const cookie = edns?.cookie ?? null;
    return cookie === null ? null : checkCookie(cookie, ip, cookieSecrets, unixSeconds());
  }
}

/** Another version of EDNS is answered that it is another one, to the same question. */
const isPlain = ({ edns }: Query) => edns === null || edns.version === 0;
