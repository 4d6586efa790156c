/** A network of clients as EDNS Client Subnet names it (RFC 7871, section 6). */
export interface ClientSubnet {
  /** 1 is v4, 2 is v6; 0 is of no family and has no address, for a client that will not say. */
  readonly family: 0 | 1 | 2;
  /** Leading bits that mean something; 0 asks that no address be used. */
  readonly sourcePrefix: number;
  /** In a response: on how many leading bits the answer depends. 0 in queries. */
  readonly scopePrefix: number;
  /** As few bytes as hold the source prefix; the bits past it are 0. */
  readonly address: Uint8Array;
}

const ADDRESS_BITS = [0, 32, 128];

/** Reads the option of a query; `null` for what deserves FORMERR. */
export function readClientSubnet(option: Uint8Array): ClientSubnet | null {
  const [familyHigh = 0, family = -1, sourcePrefix = -1, scopePrefix = -1] = option;
  const bits = ADDRESS_BITS[family];
  if (familyHigh !== 0 || bits === undefined || sourcePrefix < 0 || sourcePrefix > bits || scopePrefix !== 0)
    return null;
  const address = option.slice(4);
  if (address.length !== Math.ceil(sourcePrefix / 8)) return null;
  const lastBits = sourcePrefix % 8;
  if (lastBits > 0 && ((address.at(-1) as number) & (0xff >> lastBits)) !== 0) return null;
  return { family: family as ClientSubnet["family"], sourcePrefix, scopePrefix, address };
}

export function writeClientSubnet({ family, sourcePrefix, scopePrefix, address }: ClientSubnet): Uint8Array {
  return Uint8Array.of(0, family, sourcePrefix, scopePrefix, ...address);
}
