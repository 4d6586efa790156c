import { hashText } from "../../base/hash.ts";
import type { Ip } from "../../base/ip.ts";
import { keepRecent } from "../../base/keep-recent.ts";
import type { AnswerKind } from "./answer.ts";
import { networkKey, subnetOf } from "./subnet.ts";

/** Answers a second to one network, each in the long run. */
export interface ResponseRates {
  /** Of the same answer: who wants it has it after the first. */
  readonly records: number;
  /** Denials, whatever the name: names that are not there are endless. */
  readonly nothing: number;
  readonly error: number;
  /** Of all kinds together, since under a wildcard there are endless names too. */
  readonly all: number;
}

export const RESPONSE_RATES: ResponseRates = { records: 20, nothing: 20, error: 10, all: 1000 };

/** What becomes of an answer: sent, sent as a bare "ask over TCP", or not at all. */
export type Measure = "send" | "cut" | "drop";

interface Account {
  balance: number;
  /** Monotonic milliseconds at which it was as much. */
  at: number;
  /** Since the last that was cut. */
  dropped: number;
}

/** Debts are remembered so long: who goes on asking past the rate gets nothing until it pauses. */
const WINDOW_SECONDS = 15;
/** Every second answer too many is cut: who is there comes back over TCP, and who is not gets no more than it was sent. */
const SLIP = 2;

/**
 * Response rate limiting as BIND does it (Vixie and Schryver, ISC-TN-2012-1): whoever sends queries in another's name
 * gets no more out of this server than that one could bear. Accounts are by network, since the address is what is
 * forged; at most `maxAccounts`, those that were used last.
 */
export class ResponseRateLimit {
  readonly #rates: ResponseRates;
  readonly #maxAccounts: number;
  /** In the order of last use. */
  readonly #accounts = new Map<string, Account>();

  constructor(rates: ResponseRates, maxAccounts: number) {
    this.#rates = rates;
    this.#maxAccounts = maxAccounts;
  }

  get size(): number {
    return this.#accounts.size;
  }

  /** `key` is the question's. */
  measure(ip: Ip, kind: AnswerKind, key: string, now: number): Measure {
    const subnet = subnetOf(ip);
    const network = networkKey(subnet, subnet.sourcePrefix);
    const own = this.#debit(`${network} ${kind}${kind === "records" ? hashText(key) : ""}`, this.#rates[kind], now);
    const all = this.#debit(network, this.#rates.all, now);
    const account = own.balance < 0 ? own : all;
    if (account.balance >= 0) return "send";
    account.dropped = (account.dropped + 1) % SLIP;
    return account.dropped === 0 ? "cut" : "drop";
  }

  #debit(name: string, perSecond: number, now: number): Account {
    const account = this.#accounts.get(name) ?? { balance: perSecond, at: now, dropped: 0 };
    const earned = (Math.max(0, now - account.at) * perSecond) / 1000;
    account.balance = Math.max(Math.min(perSecond, account.balance + earned) - 1, -perSecond * WINDOW_SECONDS);
    account.at = now;
    keepRecent(this.#accounts, name, account, this.#maxAccounts);
    return account;
  }
}
