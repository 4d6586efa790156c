import { type Column, countOf, makeColumn, type NetworkColumns } from "../base/network-columns.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { Sliced } from "../base/sliced.ts";
import type { AddressChange } from "./address-columns.ts";

/**
 * What becomes of a list of addresses, as bytes: four counts (the networks put, v4 and v6, and those dropped), then for
 * each the words of first addresses, the prefixes (one byte each), and when they end (64-bit floats, Unix milliseconds;
 * infinite when never; without meaning for those dropped). Little-endian, as every machine of this is.
 */
const COUNTS = 4;
const COST_OF_NETWORK = 0.01;

export function encodeAddresses({ put, drop }: AddressChange): Uint8Array {
  const columns = [put.v4, put.v6, drop.v4, drop.v6];
  const counts = Uint32Array.from(columns, ({ prefixes }) => prefixes.length);
  const arrays = [counts, ...columns.flatMap(({ firsts, prefixes, ends }) => [firsts, prefixes, ends])];
  const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + array.byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

/** That the networks are in order is seen when a set is made of them. */
export function* decodeAddresses(list: string, bytes: Uint8Array): Sliced<Result<AddressChange, string>> {
  if (bytes.length < COUNTS * 4) return err(`${list}: cut off`);
  const counts = new Uint32Array(bytes.slice(0, COUNTS * 4).buffer);
  const [put4 = 0, put6 = 0, drop4 = 0, drop6 = 0] = counts;
  if (bytes.length !== COUNTS * 4 + sizeOf(1, put4 + drop4) + sizeOf(4, put6 + drop6))
    return err(`${list}: ${bytes.length} bytes do not hold ${counts.join(" + ")} networks`);
  let at = COUNTS * 4;
  const read = (width: 1 | 4, count: number): Column => {
    const column = makeColumn(width, count);
    for (const array of [column.firsts, column.prefixes, column.ends]) {
      new Uint8Array(array.buffer).set(bytes.subarray(at, at + array.byteLength));
      at += array.byteLength;
    }
    return column;
  };
  const put: NetworkColumns = { v4: read(1, put4), v6: read(4, put6) };
  const drop: NetworkColumns = { v4: read(1, drop4), v6: read(4, drop6) };
  yield (countOf(put) + countOf(drop)) * COST_OF_NETWORK;
  return ok({ put, drop });
}

const sizeOf = (width: 1 | 4, count: number) => count * (width * 4 + 1 + 8);
