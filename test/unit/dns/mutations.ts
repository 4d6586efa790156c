import type { Random } from "../../../src/base/random.ts";

/** Packets grow up to this. */
const MAX_BYTES = 2000;

/** Values at which lengths, counts, pointers and flags turn over. */
const EDGES = [0, 1, 0x0b, 0x0c, 0x29, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff];

type Mutation = (bytes: number[], random: Random) => void;

const at = (bytes: readonly number[], random: Random): number => random.word() % Math.max(1, bytes.length);

const mutations: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const i = at(bytes, random);
    bytes[i] = (bytes[i] ?? 0) ^ (1 << (random.word() % 8));
  },
  function setToEdge(bytes, random) {
    bytes[at(bytes, random)] = EDGES[random.word() % EDGES.length] as number;
  },
  function cutOff(bytes, random) {
    bytes.length = at(bytes, random);
  },
  function remove(bytes, random) {
    bytes.splice(at(bytes, random), 1 + (random.word() % 4));
  },
  function insert(bytes, random) {
    bytes.splice(at(bytes, random), 0, random.word() & 0xff, random.word() & 0xff);
  },
  function repeat(bytes, random) {
    const from = at(bytes, random);
    bytes.splice(at(bytes, random), 0, ...bytes.slice(from, from + 1 + (random.word() % 40)));
  },
  function point(bytes, random) {
    bytes.splice(at(bytes, random), 2, 0xc0 | (random.word() % 2), at(bytes, random) & 0xff);
  },
  function pointAtItself(bytes, random) {
    const i = at(bytes, random);
    bytes.splice(i, 2, 0xc0 | (i >>> 8), i & 0xff);
  },
  function recount(bytes, random) {
    bytes[4 + (random.word() % 8)] = EDGES[random.word() % EDGES.length] as number;
  },
];

/** A packet with one to four things done to it, or the ends of two packets joined. */
export function mutate(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  const pick = () => corpus[random.word() % corpus.length] as Uint8Array;
  const bytes = Array.from(pick());
  if (random.word() % 8 === 0) {
    const other = pick();
    bytes.splice(at(bytes, random), bytes.length, ...other.subarray(random.word() % other.length));
  }
  for (let left = 1 + (random.word() % 4); left > 0; left--) {
    const mutation = mutations[random.word() % mutations.length] as Mutation;
    mutation(bytes, random);
  }
  const packet = new Uint8Array(Math.min(bytes.length, MAX_BYTES));
  for (let i = 0; i < packet.length; i++) packet[i] = bytes[i] ?? 0;
  return packet;
}
