import { join } from "./octets.ts";

/** Types as NSEC lists them: windows of 256, each as short as its highest type allows (RFC 4034, section 4.1.2). */
export function encodeTypes(types: Iterable<number>): Uint8Array {
  const windows = new Map<number, number[]>();
  for (const type of [...new Set(types)].sort((a, b) => a - b)) {
    const bits = windows.get(type >> 8) ?? [];
    const at = (type & 255) >> 3;
    while (bits.length <= at) bits.push(0);
    bits[at] = (bits[at] as number) | (0x80 >> (type & 7));
    windows.set(type >> 8, bits);
  }
  return join(...Array.from(windows, ([window, bits]) => Uint8Array.of(window, bits.length, ...bits)));
}

/** `null` for what is no bitmap. */
export function decodeTypes(octets: Uint8Array): ReadonlySet<number> | null {
  const types = new Set<number>();
  for (let at = 0; at < octets.length; ) {
    const [window, length] = [octets[at] as number, octets[at + 1]];
    if (length === undefined || length < 1 || length > 32 || at + 2 + length > octets.length) return null;
    for (let bit = 0; bit < length * 8; bit++)
      if (((octets[at + 2 + (bit >> 3)] as number) & (0x80 >> (bit & 7))) !== 0) types.add(window * 256 + bit);
    at += 2 + length;
  }
  return types;
}
