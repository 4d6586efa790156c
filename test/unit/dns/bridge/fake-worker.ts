import type { Upstream } from "../../../../scripts/dns-bridge/upstream.ts";
import { err, ok } from "../../../../src/base/result.ts";
import { A, fromBytes, type Message, nameBytes, opt, optionsOf, type Record, SOA, toBytes } from "./messages.ts";

const ECS = 8;
const soa: Record = {
  name: "novacron.io",
  type: SOA,
  ttl: 60,
  data: [...nameBytes("ns.novacron.io"), ...nameBytes("root.novacron.io"), ...new Array(20).fill(1)],
};

/**
 * Stands in for the Worker: steers `geo.novacron.io` by the first byte of the client's subnet, with the scope that a test
 * sets, has `plain.novacron.io` for everybody, `many.novacron.io` with more than fits, and nothing else.
 */
export class FakeWorker {
  readonly queries: Message[] = [];
  epoch = 1;
  scope = 8;
  isThere = true;
  mayKeep = true;

  readonly ask: Upstream = async (bytes) => {
    if (!this.isThere) return err("unreachable");
    const query = fromBytes(bytes);
    this.queries.push(query);
    return ok({ bytes: toBytes(this.#answer(query)), epoch: this.epoch, mayKeep: this.mayKeep });
  };

  #answer(query: Message): Partial<Message> {
    const [question] = query.questions;
    const subnet = optionsOf(query)?.[ECS] ?? [];
    const edns = query.additionals.find(({ type }) => type === 41);
    const version = ((edns?.ttl ?? 0) >>> 16) & 0xff;
    const answer = { id: 0, flags: 0x8400, questions: query.questions };
    if (version > 0) return { ...answer, additionals: [opt([], { rcode: 1 })] };
    const told = (scope: number) => opt([[ECS, [...subnet.slice(0, 3), scope, ...subnet.slice(4)]]]);
    const a = (last: number): Record => ({ type: A, ttl: 300, data: [192, 0, 2, last] });
    switch (question?.name) {
      case "geo.novacron.io":
        return { ...answer, answers: [a(subnet[4] ?? 0)], additionals: [told(this.scope)] };
      case "plain.novacron.io":
        return { ...answer, answers: [a(1)], additionals: [told(0)] };
      case "many.novacron.io":
        return { ...answer, answers: Array.from({ length: 200 }, (_, i) => a(i)), additionals: [told(0)] };
      case "glue.novacron.io":
        return { ...answer, answers: [a(1)], additionals: [...Array.from({ length: 60 }, (_, i) => a(i)), told(0)] };
      case "":
        return { ...answer, flags: 0x8005, additionals: [opt()] };
      default:
        return { ...answer, flags: 0x8403, authorities: [soa], additionals: [told(0)] };
    }
  }
}
