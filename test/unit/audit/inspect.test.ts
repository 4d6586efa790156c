import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import { HeadSigner } from "../../../src/adapters/web-crypto/head-signer.ts";
import { verifyEd25519 } from "../../../src/adapters/web-crypto/verify.ts";
import { canonical } from "../../../src/audit/canonical.ts";
import { GENESIS, type Link, type SealedEntry, seal } from "../../../src/audit/chain.ts";
import { inspect } from "../../../src/audit/inspect.ts";
import { entryLine, headLine } from "../../../src/audit/line.ts";
import { auditRecord } from "../../fakes/audit-record.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const signer = await HeadSigner.from("a secret of the tests");

function chain(length: number, name = "r"): SealedEntry[] {
  const entries: SealedEntry[] = [];
  let last: Link = GENESIS;
  for (let i = 0; i < length; i++) {
    const entry = seal(auditRecord({ requestId: `${name}-${i}` }), 1000 + i, last, sha256);
    entries.push(entry);
    last = entry;
  }
  return entries;
}

const headOf = async ({ seq, hash }: Link) => headLine(await signer.sign({ seq, hash, at: 5000 })).trimEnd();
const linesOf = (entries: readonly SealedEntry[]) => entries.map((entry) => entryLine(entry).trimEnd());
const look = (lines: readonly string[], trusted: readonly string[] | null = [signer.publicKey]) =>
  inspect(lines, { sha256: sha256Hex, verify: verifyEd25519, trusted });

/** A chain of ten with heads at 5 and at its end, all lines. */
const entries = chain(10);
const heads = [await headOf(entries[4] ?? GENESIS), await headOf(entries[9] ?? GENESIS)];
const whole = [...heads, ...linesOf(entries)];
const at = (seq: number) => seq + 1;
const replaced = (lines: readonly string[], index: number, ...put: string[]) => lines.toSpliced(index, 1, ...put);

it("finds nothing wrong with a log as it was written", async () => {
  expect(await look(whole)).toEqual({
    entries: 10,
    first: 1,
    last: 10,
    heads: 2,
    signedUpTo: 10,
    keys: [signer.publicKey],
    broken: null,
  });
  expect(await look([])).toMatchObject({ entries: 0, first: 0, last: 0, heads: 0, broken: null });
});

/** Replaces an entry by another that has its own right hash. */
const resealed = (text: string) => entryLine({ text, hash: sha256(text) }).trimEnd();
const third = entries[2] as SealedEntry;
const first = entries[0] as SealedEntry;

describe("what it finds first", () => {
  it.each([
    ["an edited entry", replaced(whole, at(3), (whole[at(3)] ?? "").replace("ann", "bob")), { kind: "edited", seq: 3 }],
    [
      "a replaced entry",
      replaced(whole, at(3), resealed(third.text.replace("ann", "bob"))),
      { kind: "replaced", seq: 3 },
    ],
    [
      "the first entry, chained to another",
      replaced(whole, at(1), resealed(first.text.replace('"previous":"0', '"previous":"1'))),
      { kind: "replaced", seq: 1 },
    ],
    ["a line that is none", replaced(whole, at(3), "{}"), { kind: "unreadable", seq: 3, line: 5 }],
    ["an empty line", replaced(whole, at(3), ""), { kind: "unreadable", seq: 3, line: 5 }],
    ["a deleted entry", replaced(whole, at(3)), { kind: "missing", seq: 3, until: 3 }],
    ["several deleted", whole.toSpliced(at(3), 4), { kind: "missing", seq: 3, until: 6 }],
    ["the first deleted", replaced(whole, at(1)), { kind: "missing", seq: 1, until: 1 }],
    ["the last deleted", whole.slice(0, -1), { kind: "truncated", seq: 10, signed: 10 }],
    ["all entries deleted", heads, { kind: "truncated", seq: 1, signed: 10 }],
    [
      "an entry moved",
      [...whole.slice(0, at(3)), ...whole.slice(at(4)), whole[at(3)] ?? ""],
      { kind: "out-of-order", seq: 4, expected: 3 },
    ],
    ["an entry twice", replaced(whole, at(3), whole[at(3)] ?? "", whole[at(3)] ?? ""), { kind: "repeated", seq: 3 }],
    ["another chain under the same heads", [...heads, ...linesOf(chain(10, "forged"))], { kind: "rewritten", seq: 5 }],
    ["a head behind entries", [...linesOf(entries), ...heads], { kind: "forged-head", seq: 5 }],
    [
      "a head for another entry",
      replaced(whole, 0, (whole[0] ?? "").replace('"seq":5', '"seq":4')),
      { kind: "forged-head", seq: 4 },
    ],
    [
      "a head without a signature",
      replaced(whole, 0, (whole[0] ?? "").replace(/"signature":"..../, '"signature":"AAAA')),
      { kind: "forged-head", seq: 5 },
    ],
  ])("%s", async (_name, lines, broken) => {
    expect((await look(lines)).broken).toEqual(broken);
  });

  it("a head by a key that is not trusted", async () => {
    expect((await look(whole, ["another"])).broken).toEqual({ kind: "forged-head", seq: 5 });
    expect((await look(whole, null)).broken).toBeNull();
  });
});

it("cannot find what was cut off after the last head, and says how far it has looked", async () => {
  const cut = [whole[0] ?? "", ...linesOf(entries.slice(0, 7))];
  expect(await look(cut)).toMatchObject({ last: 7, signedUpTo: 5, broken: null });
});

it("goes on from where an archive ends", async () => {
  const options = { sha256: sha256Hex, verify: verifyEd25519, trusted: null };
  const part = [heads[1] ?? "", ...linesOf(entries.slice(6))];
  const found = await inspect(part, { ...options, from: entries[5] as Link });
  expect(found).toMatchObject({ entries: 4, first: 7, last: 10, heads: 1, broken: null });
  expect((await inspect(part, { ...options, from: entries[4] as Link })).broken).toMatchObject({ kind: "missing" });
});

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Every place in a value that holds no other values. */
function leaves(value: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) => leaves(member, [...path, name]));
}

function edited(value: Json, [name, ...rest]: readonly (string | number)[], to: Json): Json {
  if (name === undefined) return to;
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === name ? edited(item, rest, to) : item));
  const members = value as { readonly [name: string]: Json };
  return { ...members, [name]: edited(members[name] ?? null, rest, to) };
}

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));

it("finds any edit of one field, whether or not its own hash is made to fit", async () => {
  const places = leaves(JSON.parse(third.text));
  expect(places.length).toBeGreaterThan(15);
  await fc.assert(
    fc.asyncProperty(fc.nat(9), fc.constantFrom(...places), leaf, fc.boolean(), async (i, place, to, isResealed) => {
      const entry = entries[i] as SealedEntry;
      const text = canonical(edited(JSON.parse(entry.text), place, to));
      fc.pre(text !== entry.text);
      const line = isResealed ? resealed(text) : entryLine({ text, hash: entry.hash }).trimEnd();
      const { broken } = await look(replaced(whole, at(i + 1), line));
      expect(broken).not.toBeNull();
    }),
  );
});

it("finds any deletion, swap and repetition of lines", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(9), fc.nat(9), fc.constantFrom("delete", "swap", "copy"), async (a, b, how) => {
      const lines = linesOf(entries);
      const [one = "", other = ""] = [lines[a], lines[b]];
      if (how === "swap") fc.pre(a !== b);
      const tampered = {
        delete: () => replaced(lines, a),
        swap: () => replaced(replaced(lines, a, other), b, one),
        copy: () => lines.toSpliced(b, 0, one),
      };
      expect((await look([...heads, ...tampered[how]()])).broken).not.toBeNull();
    }),
  );
});
