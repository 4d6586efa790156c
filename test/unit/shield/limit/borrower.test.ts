import { describe, expect, it } from "vitest";
import { Borrower } from "../../../../src/shield/limit/borrower.ts";
import { Lender, MAX_GAP_MS } from "../../../../src/shield/limit/lender.ts";
import { GRACE_MS, LEASE_LIFE_MS, MAX_EDGES, moreAheadOf } from "../../../../src/shield/limit/loan.ts";
import type { Ask, Grant } from "../../../../src/shield/limit/message.ts";

const spec = { rate: 100, periodSeconds: 1, burst: 10 };
const grant: Grant = {
  sequence: 1,
  tokens: 5,
  atOnce: 5,
  pace: null,
  edges: 3,
  crowded: false,
  lifeMs: LEASE_LIFE_MS,
  refreshMs: 150,
  retryAfterMs: 0,
};
const start = () => new Borrower(spec, { edge: "a", sequences: { last: 0 }, ahead: 1, demand: 5, ban: null }, 0);

function lent(change: Partial<Grant> = {}): Borrower {
  const borrower = start();
  borrower.take(1, 0);
  borrower.ask(0);
  borrower.granted({ ...grant, ...change }, 20);
  return borrower;
}

describe("one who borrows", () => {
  it("asks first, once, and says what passed before", () => {
    const borrower = start();
    expect(borrower.take(1, 0)).toBe("waiting");
    expect(borrower.isDue(0)).toBe(true);
    expect(borrower.ask(0)).toMatchObject({ sequence: 1, need: 1, held: 0, ahead: 1, demand: 5 });
    expect(borrower.isDue(1)).toBe(false);
  });

  it("spends what it was lent", () => {
    const borrower = lent();
    expect(Array.from({ length: 6 }, () => borrower.take(1, 20))).toEqual([...Array(5).fill("passed"), "waiting"]);
  });

  it.each([
    ["comes twice", [grant, grant], 5],
    [
      "is of another ask",
      [
        { ...grant, sequence: 2 },
        { ...grant, sequence: 0 },
      ],
      0,
    ],
  ])("takes a grant in once: one that %s", (_, grants, held) => {
    const borrower = start();
    borrower.ask(0);
    for (const each of grants) borrower.granted(each, 20);
    expect(borrower.held).toBe(held);
  });

  it("takes in none that comes after it was given up", () => {
    const borrower = start();
    borrower.ask(0);
    borrower.failed(1, 30);
    borrower.granted(grant, 31);
    expect(borrower.held).toBe(0);
  });

  it("keeps to its pace", () => {
    const borrower = lent({ pace: 50, atOnce: 1 });
    expect([borrower.take(1, 20), borrower.take(1, 20)]).toEqual(["passed", "over"]);
    expect(borrower.retryAfterMs(1, 20)).toBe(20);
    expect([borrower.take(1, 40), borrower.take(1, 40)]).toEqual(["passed", "over"]);
    expect(borrower.take(3, 100)).toBe("passed");
    expect(borrower.take(1, 140)).toBe("over");
  });

  it("asks again before what it has runs out, and loses what it has when nobody answers", () => {
    const borrower = lent();
    expect(borrower.isDue(149)).toBe(false);
    expect(borrower.isDue(150)).toBe(true);
    expect(borrower.take(1, LEASE_LIFE_MS - 1)).toBe("passed");
    expect(borrower.take(1, LEASE_LIFE_MS)).toBe("waiting");
    expect(borrower.held).toBe(0);
    // The owner is told once.
    expect(borrower.ask(LEASE_LIFE_MS)).toMatchObject({ held: 0, returned: 4 });
    expect(borrower.ask(LEASE_LIFE_MS + 2000)).toMatchObject({ held: 0, returned: 0 });
  });

  it("asks no more for as long as there is nothing", () => {
    const borrower = lent({ tokens: 0, retryAfterMs: 600 });
    expect(borrower.take(1, 30)).toBe("over");
    expect([borrower.isDue(150), borrower.isDue(619), borrower.isDue(620)]).toEqual([false, false, true]);
    expect(borrower.retryAfterMs(1, 120)).toBe(500);
  });

  it("returns what it holds once", () => {
    const borrower = lent();
    expect(borrower.release(30)).toMatchObject({ returned: 5, held: 0, demand: 0 });
    expect(borrower.release(30)).toMatchObject({ returned: 0, held: 0 });
  });

  it("decides alone while the owner is out of reach, by its part of the limit", () => {
    const borrower = start();
    borrower.ask(0);
    borrower.failed(1, 10);
    expect(borrower.take(1, 20)).toBe("alone");
    const alone = Array.from({ length: 20 }, () => borrower.takeAlone(1, 5, 20));
    expect(alone.filter(Boolean)).toHaveLength(2);
    expect(borrower.takeAlone(1, 5, 70)).toBe(true);
    expect(borrower.isDue(1010)).toBe(true);
  });

  it("has its part once, however often the owner answers too late, and is charged for it", () => {
    const borrower = start();
    const alone: boolean[] = [];
    const charged: number[] = [];
    for (let i = 0; i < 10; i++) {
      charged.push(borrower.ask(i).ahead);
      for (let times = 0; times < 3; times++) alone.push(borrower.takeAlone(1, 5, i));
      borrower.granted({ ...grant, sequence: i + 1, tokens: 0, retryAfterMs: 1 }, i);
    }
    expect(alone.filter(Boolean)).toHaveLength(2);
    // The first is what passed before.
    expect(charged.slice(0, 3)).toEqual([1, 2, 0]);
  });

  it("gains nothing alone by an owner that says other numbers of edges", () => {
    const borrower = start();
    const alone = Array.from({ length: 20 }, (_, i) => borrower.takeAlone(1, i % 2 === 0 ? 2 : 1, 0));
    // Of a half of a burst of ten, and then of what is left of the whole, to a token.
    expect(alone.filter(Boolean).length).toBeLessThanOrEqual(10);
    expect(borrower.takeAlone(1, 1, 1000)).toBe(true);
  });

  it("is charged for what passed alone as an owner may understand it, whatever passed", () => {
    const borrower = start();
    for (let i = 0; i < 1000; i++) borrower.passedAlone(10_000_000);
    expect(borrower.owesWord).toBe(true);
    expect(borrower.release(0).ahead).toBe(10 + 60);
  });

  it("is known until it may not have its part anew", () => {
    const borrower = start();
    borrower.takeAlone(1, 1000, 0);
    borrower.take(1, 0);
    expect([9999, 10_000].map((now) => borrower.isIdle(700, 30_000, now))).toEqual([false, true]);
    expect(borrower.isIdle(700, 5000, 5000)).toBe(true);
  });

  it("has a part of a limit that is too small to divide, in a longer time", () => {
    const borrower = start();
    const part = (now: number) => borrower.takeAlone(1, 1000, now);
    expect([part(0), part(0), part(9999), part(10_000)]).toEqual([true, false, false, true]);
  });
});

describe("one who lends", () => {
  const ask = (change: Partial<Ask>): Ask => ({
    edge: "a",
    sequence: 1,
    spec,
    demand: 10,
    need: 1,
    waiting: 0,
    held: 0,
    returned: 0,
    ahead: 0,
    spanMs: 250,
    ban: null,
    ...change,
  });

  it("takes back no more than it lent, and nothing from one that it does not know", () => {
    const lender = new Lender(spec, 0);
    let lent = 0;
    for (let i = 0; i < 100; i++) lent += lender.ask(ask({ edge: `e${i}`, returned: 1000, need: 10 }), 0).tokens;
    for (let i = 0; i < 100; i++)
      lent += lender.ask(ask({ edge: `e${i}`, sequence: 2, returned: 0, held: 1_000_000, need: 10 }), 0).tokens;
    expect(lent).toBeLessThanOrEqual(10 + 60);
  });

  it("remembers so many edges, and tells the others to divide the limit", () => {
    const lender = new Lender({ ...spec, rate: 1_000_000 }, 0);
    for (let i = 0; i < MAX_EDGES; i++) lender.ask(ask({ edge: `e${i}` }), 0);
    expect(lender.ask(ask({ edge: "late" }), 0)).toMatchObject({ tokens: 0, crowded: true });
    expect(lender.edges).toBe(MAX_EDGES);
    // So many are told to ask less often.
    expect(lender.ask(ask({ edge: "e0", sequence: 2 }), 10).refreshMs).toBe(2000);
    expect(lender.ask(ask({ edge: "late", sequence: 2 }), LEASE_LIFE_MS + GRACE_MS)).toMatchObject({ crowded: true });
    expect(lender.ask(ask({ edge: "late", sequence: 3 }), LEASE_LIFE_MS + GRACE_MS + 1)).toMatchObject({
      crowded: false,
    });
  });

  /** One edge asks each 200 ms, and spends what it gets. */
  const press = (
    lender: Lender,
    { from, asks, demand, first }: Record<"from" | "asks" | "demand" | "first", number>,
  ) => {
    for (let i = 0; i < asks; i++)
      lender.ask(ask({ sequence: first + i, demand, need: 1, waiting: 1 }), from + 200 * i);
  };

  it("tells those that it has no room for how many they are with all others, as they come and go", () => {
    const lender = new Lender(spec, 0);
    const others = 5000;
    let sequence = 0;
    /** Each asks once in two seconds. The least and the most that one is told of. */
    const turn = (from: number, count: number) => {
      for (let i = 0; i < MAX_EDGES; i++) lender.ask(ask({ edge: `e${i}`, sequence: sequence + 1 }), from);
      const told = Array.from({ length: count }, (_, i) => {
        const at = from + Math.floor((2000 * i) / count);
        return lender.ask(ask({ edge: `late${i}`, sequence: sequence + 1 }), at);
      });
      sequence += 1;
      return told;
    };
    turn(0, others);
    const all = turn(2000, others);
    // They are counted now and then.
    expect(Math.min(...all.map(({ edges }) => edges))).toBeGreaterThan(0.97 * (MAX_EDGES + others));
    expect(Math.max(...all.map(({ edges }) => edges))).toBe(MAX_EDGES + others);
    // And ask so seldom that all together ask some 500 times a second.
    expect(all.at(-1)?.refreshMs).toBe((MAX_EDGES + others) * 2);
    for (let i = 2; i < 20; i++) turn(2000 * i, 10);
    expect(turn(40_000, 10).map(({ edges }) => edges)).toEqual(Array(10).fill(MAX_EDGES + 10));
  });

  it.each([1, 75, 300, 1000])("lends %i edges that spend nothing no more than may be out, and as much", (edges) => {
    const wide = { rate: 1000, periodSeconds: 1, burst: 10 };
    const lender = new Lender(wide, 0);
    const held = Array(edges).fill(0);
    for (let round = 0; round < 40; round++)
      for (let i = 0; i < edges; i++) {
        const needs = { need: held[i] + 1, held: held[i], spanMs: 60_000, demand: 2000 / edges };
        const asked = ask({ ...needs, edge: `e${i}`, spec: wide, sequence: round + 1 });
        held[i] += lender.ask(asked, 1000 * round + Math.floor((1000 * i) / edges)).tokens;
      }
    const most = 10 + 600 + moreAheadOf(wide, edges);
    const all = held.reduce((sum, each) => sum + each, lender.tokens);
    expect(all).toBeLessThanOrEqual(most);
    expect(all).toBeGreaterThan(0.95 * most);
  });

  it("charges an edge for what it let pass before it asked", () => {
    const lender = new Lender(spec, 0);
    expect(lender.ask(ask({ ahead: 10 + 60 }), 0)).toMatchObject({ tokens: 0 });
  });

  it("counts on a long loan to its end, though the edge was lent more for less long: it may not have heard", () => {
    const slow = { rate: 60, periodSeconds: 60, burst: 60 };
    const lender = new Lender(slow, 0);
    const { tokens, lifeMs } = lender.ask(ask({ spec: slow, demand: 1 }), 0);
    expect(lifeMs).toBeGreaterThan(LEASE_LIFE_MS);
    const dear = ask({ spec: slow, sequence: 2, demand: 1, held: tokens, need: 40 });
    expect(lender.ask(dear, 1000)).toMatchObject({ tokens: 40 - tokens, lifeMs: LEASE_LIFE_MS });
    const left = lender.tokens;
    lender.ask(ask({ edge: "b", spec: slow, need: 60 }), lifeMs - 1000);
    expect(lender.tokens).toBe(left);
  });

  it("charges an edge that it has no room for, too", () => {
    const lender = new Lender({ ...spec, burst: 5000 }, 0);
    for (let i = 0; i < MAX_EDGES; i++) lender.ask(ask({ edge: `e${i}`, need: 0, demand: 0 }), 0);
    lender.ask(ask({ edge: "late", ahead: 5060 }), 0);
    expect(lender.ask(ask({ edge: "e0", sequence: 2 }), 0)).toMatchObject({ tokens: 0 });
  });

  it("says for how long more has been asked than it had to give, from the first that it held back to the last", () => {
    const lender = new Lender(spec, 0);
    press(lender, { from: 0, asks: 20, demand: 300, first: 1 });
    const { overForMs } = lender;
    expect(overForMs).toBeGreaterThan(3000);
    expect(lender.offered).toBe(300);
    // Below the limit for a moment.
    press(lender, { from: 4000, asks: 1, demand: 100, first: 21 });
    expect(lender.overForMs).toBe(0);
    press(lender, { from: 4200, asks: 10, demand: 300, first: 22 });
    expect(lender.overForMs).toBeGreaterThan(0);
    press(lender, { from: 6001 + MAX_GAP_MS, asks: 1, demand: 300, first: 32 });
    expect(lender.overForMs).toBe(0);
  });

  it("says so of nobody who asks for more than the rate while there is enough", () => {
    const lender = new Lender({ ...spec, burst: 5000 }, 0);
    press(lender, { from: 0, asks: 20, demand: 300, first: 1 });
    expect([lender.overForMs, lender.offered]).toEqual([0, 300]);
  });

  it("goes on when its clock is set back", () => {
    const lender = new Lender(spec, 3_600_000);
    for (let i = 0; i < 50; i++) lender.ask(ask({ sequence: i + 1, need: 10 }), 3_600_000);
    lender.ask(ask({ sequence: 51 }), 1000);
    expect(lender.ask(ask({ sequence: 52, need: 10 }), 2000).tokens).toBeGreaterThan(0);
  });
});
