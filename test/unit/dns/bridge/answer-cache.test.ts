import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Answer } from "../../../../src/dns/bridge/answer.ts";
import { AnswerCache } from "../../../../src/dns/bridge/answer-cache.ts";
import type { ClientSubnet } from "../../../../src/dns/client-subnet.ts";

const answer = (scopePrefix: number): Answer => ({
  bytes: new Uint8Array(100),
  flags: 0x8400,
  rcode: 0,
  questionEnd: 20,
  records: [],
  answers: 0,
  authorities: 0,
  scopePrefix,
  ttlSeconds: 300,
  options: [],
});

interface Kept {
  readonly key: string;
  readonly subnet: ClientSubnet;
  readonly answer: Answer;
}

const bitsOf = ({ family, address }: ClientSubnet, count: number) =>
  `${family} ${[...address]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("")
    .slice(0, count)}`;

/** RFC 7871, section 7.3.1, read aloud: of all that was kept, what holds for the narrowest network; either of two kinds. */
function findPlainly(kept: readonly Kept[], key: string, subnet: ClientSubnet): readonly Answer[] {
  const holding = kept.flatMap((one) => {
    const { sourcePrefix: told } = one.subnet;
    const isExact = one.answer.scopePrefix > told || told === 0;
    const prefix = isExact ? told : one.answer.scopePrefix;
    const isFor = isExact ? subnet.sourcePrefix === told : subnet.sourcePrefix >= prefix;
    const isIn = bitsOf(one.subnet, prefix) === bitsOf(subnet, prefix) && one.subnet.family === subnet.family;
    return one.key === key && isFor && isIn ? [{ answer: one.answer, prefix, isExact }] : [];
  });
  const narrowest = Math.max(...holding.map(({ prefix }) => prefix));
  const [exact, wide] = [true, false].map((wanted) =>
    holding.findLast(({ prefix, isExact }) => prefix === narrowest && isExact === wanted),
  );
  return [exact, wide].flatMap((one) => (one ? [one.answer] : []));
}

const subnets = fc
  .tuple(
    fc.constantFrom(1, 2),
    fc.constantFrom(0, 8, 15, 16, 24),
    fc.array(fc.constantFrom(0, 1, 2, 128), { minLength: 3, maxLength: 3 }),
  )
  .map(([family, sourcePrefix, bytes]): ClientSubnet => {
    const address = Uint8Array.from(bytes.slice(0, Math.ceil(sourcePrefix / 8)));
    if (sourcePrefix % 8 > 0) address[address.length - 1] = (address.at(-1) ?? 0) & (0xff00 >> (sourcePrefix % 8));
    return { family: family as 1 | 2, sourcePrefix, scopePrefix: 0, address };
  });

describe("what the cache finds", () => {
  it("is what the RFC says, whatever was kept", () => {
    const keeping = fc.record({
      key: fc.constantFrom("a", "b"),
      subnet: subnets,
      scope: fc.constantFrom(0, 8, 12, 16, 24, 28),
    });
    fc.assert(
      fc.property(
        fc.array(keeping, { maxLength: 20 }),
        fc.array(subnets, { minLength: 1, maxLength: 10 }),
        (all, asked) => {
          const cache = new AnswerCache(10_000_000);
          const kept = all.map(({ key, subnet, scope }) => ({ key, subnet, answer: answer(scope) }));
          for (const one of kept) cache.keep(one, one.answer, 1, 0);
          for (const subnet of asked) {
            const found = cache.find({ key: "a", subnet }, 0)?.answer;
            const right = findPlainly(kept, "a", subnet);
            if (found === undefined) expect(right).toEqual([]);
            else expect(right.some((one) => one === found)).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("never takes more than its bytes, whatever comes and goes", () => {
    const step = fc.record({
      key: fc.string({ maxLength: 2 }),
      subnet: subnets,
      scope: fc.constantFrom(0, 8, 24),
      epoch: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const cache = new AnswerCache(5000);
        for (const { key, subnet, scope, epoch } of steps) {
          cache.keep({ key, subnet }, answer(scope), epoch, 0);
          expect(cache.bytes).toBeLessThanOrEqual(5000);
          expect(cache.size === 0).toBe(cache.bytes === 0);
        }
      }),
    );
  });
});
