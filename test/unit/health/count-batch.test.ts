import fc from "fast-check";
import { expect, it } from "vitest";
import { CountOutbox } from "../../../src/health/count-batch.ts";
import { RegionCounts } from "../../../src/health/region-counts.ts";
import { SenderLedger } from "../../../src/health/sender-ledger.ts";

const REGION = "eu-west-1";

/** What may happen between a sender and who adds up, both of which may be made anew from what they have stored. */
type Event = "count" | "send" | "lose-batch" | "lose-answer" | "restart-sender" | "restart-receiver";
const events: readonly Event[] = ["count", "send", "lose-batch", "lose-answer", "restart-sender", "restart-receiver"];

it("what is counted arrives once, whatever is lost, repeated or restarted", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 60 }), (story) => {
      let sender = new CountOutbox("a");
      let senders = new SenderLedger();
      let now = 1000;
      let counted = 0;
      const arrived = new RegionCounts();
      const send = (fate: Event) => {
        const batch = sender.next(false, now);
        if (batch === null || fate === "lose-batch") return;
        if (senders.isNew(batch.sender, batch.sequence)) {
          senders.note(batch.sender, batch.sequence, now);
          arrived.add(batch.rows);
        }
        if (fate !== "lose-answer") sender.acknowledge(batch.sequence);
      };
      for (const event of story) {
        now += 100;
        if (event === "count") {
          counted += 1;
          sender.counts.count(REGION, counted, counted % 3 === 0);
        } else if (event === "restart-sender") sender = new CountOutbox("a", structuredClone(sender.record));
        else if (event === "restart-receiver") senders = new SenderLedger(structuredClone(senders.record));
        else send(event);
      }
      // What is under way, and what was counted meanwhile.
      send("send");
      send("send");
      expect(sender.isEmpty).toBe(true);
      const { requests, failures } = arrived.figures(REGION);
      expect([requests, failures]).toEqual([counted, Math.floor(counted / 3)]);
    }),
  );
});

it("a sender that has lost everything is not taken for itself", () => {
  const senders = new SenderLedger();
  const sequenceAt = (now: number) => {
    const outbox = new CountOutbox("FRA");
    outbox.counts.count(REGION, 10, false);
    return outbox.next(false, now)?.sequence ?? 0;
  };
  senders.note("FRA", sequenceAt(1_000_000), 1_000_000);
  expect(senders.isNew("FRA", sequenceAt(1_010_000))).toBe(true);
  expect(senders.isNew("FRA", sequenceAt(1_000_000))).toBe(false);
});

it("batches of one moment have sequences of their own", () => {
  const outbox = new CountOutbox("a");
  const sequences = [0, 1, 2].map(() => {
    outbox.counts.count(REGION, 10, false);
    const batch = outbox.next(false, 5000);
    outbox.acknowledge(batch?.sequence ?? 0);
    return batch?.sequence;
  });
  expect(sequences).toEqual([5000, 5001, 5002]);
});

it("an answer to another batch acknowledges nothing", () => {
  const outbox = new CountOutbox("a");
  outbox.counts.count(REGION, 10, false);
  const batch = outbox.next(false, 5000);
  outbox.acknowledge(4999);
  expect(outbox.next(true, 6000)).toBe(batch);
});

it("the ledger stays small, and remembers those heard of last", () => {
  const senders = new SenderLedger();
  for (let i = 0; i < 5000; i++) senders.note(`s${i}`, 1, i);
  expect(senders.record).toHaveLength(2000);
  expect(senders.isNew("s4999", 1)).toBe(false);
  senders.note("late", 1, 700_000);
  expect(senders.record).toEqual([["late", 1, 700_000]]);
});

it("counts add up, wherever they were made", () => {
  const [a, b, sum] = [new RegionCounts(), new RegionCounts(), new RegionCounts()];
  for (let i = 0; i < 100; i++) {
    a.count(REGION, i, false);
    b.count(REGION, i * 10, i % 2 === 0);
  }
  sum.add(a.rows());
  sum.add(b.rows());
  const other = new RegionCounts();
  other.addAll(a);
  other.addAll(b);
  expect(sum.rows()).toEqual(other.rows());
  expect(sum.figures(REGION)).toMatchObject({ requests: 200, failures: 50 });
  expect(sum.figures("nowhere")).toEqual({ requests: 0, failures: 0, p95Ms: null });
});

it("regions beyond what a table can have are not counted", () => {
  const counts = new RegionCounts();
  for (let i = 0; i < 1000; i++) counts.count(`r${i}`, 1, false);
  expect(counts.rows()).toHaveLength(256);
});
