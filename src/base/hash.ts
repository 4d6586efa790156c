/** FNV-1a, 32 bits (draft-eastlake-fnv), over UTF-16 code units, finished by `mix32` since FNV alone scatters poorly. */
export function hashText(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix32(hash);
}

/** The finaliser of MurmurHash3 (fmix32): every input bit reaches every output bit. */
export function mix32(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A hash as a number in (0, 1): never 0, so that its logarithm is finite. */
export const unitOf = (hash: number): number => (hash + 0.5) / 4294967296;

/**
 * The score of one member for a key in weighted rendezvous hashing: the member with the highest score has the
 * key, each in proportion to its weight, and a member that leaves moves only its own keys
 * (Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", 2005: the logarithmic method).
 */
export function rendezvousScore(keyHash: number, memberHash: number, weight: number): number {
  return weight <= 0 ? -1 : weight / -Math.log(unitOf(mix32(keyHash ^ Math.imul(memberHash, 0x9e3779b1))));
}
