import type { Message } from "../dns/decode-message.ts";
import { printRdata } from "../dns/rdata/presentation.ts";
import type { Rdata } from "../dns/record-set.ts";
import { type RecordType, typeName } from "../dns/record-type.ts";
import type { Response } from "../dns/response.ts";
import { nowhere, type Place } from "../geo/place.ts";
import type { Snapshot } from "../table/snapshot.ts";
import { Authority } from "./authority.ts";
import type { Finding } from "./findings.ts";
import { queryOf } from "./question.ts";
import { placeIn, type Validation } from "./validate.ts";

/** What the DNS plane is asked, and from where. */
export interface Asked {
  /** In words. */
  readonly from: string;
  readonly place: Place;
  readonly name: string;
  readonly type: string;
}

/** What it has answered. */
export interface Served {
  /** Of the table that it answered from; `null` where it does not say. */
  readonly epoch: number | null;
  readonly message: Message;
}

/** All that a validation has from the table, and the zone's own. */
export function questionsOf({ regions }: Snapshot, { zone, domain, answers }: Validation): readonly Asked[] {
  const own = ["SOA", "NS"].map((type) => ({ from: "anywhere", place: nowhere, name: zone ?? domain, type }));
  const regional = answers.flatMap(({ region: id, type }) => {
    const place = regions.find((entry) => entry.id === id)?.region;
    return place ? [{ from: id, place: placeIn(place), name: domain, type }] : [];
  });
  return [...own, ...regional];
}

/** Draws that are tried before an answer counts as one that the table never gives: a share of less is hardly one. */
const DRAWS = 1000;
/** Said in full. */
const MAX_DIFFERENCES = 3;

/** Whether the DNS plane, as it runs, answers what the table would have it answer. `null` where it did not answer. */
export function compareServed(
  snapshot: Snapshot,
  asked: readonly Asked[],
  served: readonly (Served | null)[],
  now: number,
): Finding {
  const authority = new Authority(snapshot);
  const heard = asked.map((question, i) => ({ question, served: served[i] ?? null }));
  const silent = heard.filter((each) => each.served === null);
  if (silent.length > 0) return finding("failed", `the DNS plane does not answer ${silent.length} of ${asked.length}`);
  const wrong = heard.flatMap(({ question, served }) =>
    served === null || isOfTable(authority, question, linesOf(served.message), now) ? [] : [{ question, served }],
  );
  if (wrong.length === 0) return finding("ok", `the DNS plane answers all ${asked.length} questions as the table says`);
  const old = wrong.map(({ served }) => served.epoch).find((epoch) => epoch !== snapshot.epoch);
  if (old !== undefined)
    return finding("warning", `the DNS plane answers from epoch ${old}, the table is at ${snapshot.epoch}`);
  const told = wrong.slice(0, MAX_DIFFERENCES).map(({ question: { name, type, from }, served }) => {
    return `${name} ${type} from ${from}: ${linesOf(served.message)}`;
  });
  return finding("failed", `the DNS plane answers otherwise than the table: ${told.join("; ")}`);
}

const finding = (status: Finding["status"], detail: string): Finding => ({ check: "served", status, detail });

function isOfTable(authority: Authority, { name, type, place }: Asked, lines: string, now: number): boolean {
  const query = queryOf({ name, type, subnet: null, dnssecOk: false, checkingDisabled: false });
  if (!query.ok) return false;
  for (let i = 0; i < DRAWS; i++) {
    // From the middle on, where most that is drawn lies.
    const draw = ((i + DRAWS / 2) % DRAWS) / DRAWS;
    const { response } = authority.answer(query.value, { place, prefix: 0 }, now, draw);
    if (linesOf(messageOf(response)) === lines) return true;
  }
  return false;
}

type Compared = Pick<Message, "flags" | "answer">;

const AUTHORITATIVE = 0x400;

const messageOf = ({ rcode, authoritative, answer }: Response): Compared => ({
  flags: (authoritative ? AUTHORITATIVE : 0) | rcode,
  answer: answer.flatMap(({ name, type, ttl, values }) =>
    values.map((rdata) => ({ name, type, class: 1, ttl, rdata })),
  ),
});

/** Whatever their order is. */
function linesOf({ flags, answer }: Compared): string {
  const records = answer.map(({ name, type, ttl, rdata }) => `${name} ${ttl} ${lineOf(type, rdata)}`).sort();
  const head = `${(flags & AUTHORITATIVE) === 0 ? "not " : ""}authoritative, code ${flags & 0xf}`;
  return [head, ...records].join(", ");
}

const lineOf = (type: RecordType, rdata: Rdata) => `${typeName(type)} ${printRdata(type, rdata)}`;
