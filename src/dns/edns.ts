import { err, ok, type Result } from "../base/result.ts";
import { type ClientSubnet, readClientSubnet } from "./client-subnet.ts";
import { isCookie } from "./cookie.ts";
import { WireReader } from "./wire/reader.ts";

/** What a query says in its OPT record (RFC 6891). */
export interface Edns {
  /** Only 0 is known; others get BADVERS. */
  readonly version: number;
  /** Bytes of UDP payload that the client takes, at least 512 (section 6.2.5). */
  readonly payloadBytes: number;
  /** It wants signatures (RFC 3225). */
  readonly dnssecOk: boolean;
  /** It understands NXDOMAIN beside a compact denial (RFC 9824, section 5.1). */
  readonly compactOk: boolean;
  readonly subnet: ClientSubnet | null;
  /** The COOKIE option (RFC 7873): 8 bytes of the client's, alone or with 8 to 32 of the server's. */
  readonly cookie: Uint8Array | null;
}

/** What a response says in its OPT record. */
export interface ResponseEdns {
  readonly dnssecOk: boolean;
  readonly compactOk: boolean;
  /** The query's, with the scope for which the answer may be kept. */
  readonly subnet: ClientSubnet | null;
  readonly cookie: Uint8Array | null;
}

/** RFC 6891, section 6.2.3: lower values are to be treated as this one; it is also what a client without EDNS takes. */
export const MIN_PAYLOAD_BYTES = 512;

/** What is believed of a client whose OPT says nothing that can be read. */
export const PLAIN_EDNS: Edns = {
  version: 0,
  payloadBytes: MIN_PAYLOAD_BYTES,
  dnssecOk: false,
  compactOk: false,
  subnet: null,
  cookie: null,
};

/** Option codes (registry "DNS EDNS0 Option Codes"). */
export const CLIENT_SUBNET = 8;
export const COOKIE = 10;

export const DO_BIT = 0x8000;
export const CO_BIT = 0x4000;

/** Reads an OPT record after its type. The error deserves FORMERR. */
export function readEdns(reader: WireReader): Result<Edns, string> {
  const payloadBytes = Math.max(reader.u16(), MIN_PAYLOAD_BYTES);
  reader.u8(); // The upper bits of a response code, which queries have none of.
  const version = reader.u8();
  const flags = reader.u16();
  const options = reader.take(reader.u16());
  const rest = { version, payloadBytes, dnssecOk: (flags & DO_BIT) !== 0, compactOk: (flags & CO_BIT) !== 0 };
  // What the options of another version mean is not known.
  if (version !== 0) return ok({ ...rest, subnet: null, cookie: null });
  const read = readOptions(new WireReader(options));
  return read.ok ? ok({ ...rest, ...read.value }) : read;
}

/** Unknown options are passed over (RFC 6891, section 6.1.2); of one that is there twice the first counts. */
function readOptions(reader: WireReader): Result<Pick<Edns, "subnet" | "cookie">, string> {
  let subnet: ClientSubnet | null = null;
  let cookie: Uint8Array | null = null;
  while (reader.left > 0) {
    const code = reader.u16();
    const content = reader.take(reader.u16());
    if (reader.fault !== null) return err(`options: ${reader.fault}`);
    if (code === CLIENT_SUBNET && subnet === null) {
      subnet = readClientSubnet(content);
      if (subnet === null) return err("a client subnet against RFC 7871");
    } else if (code === COOKIE && cookie === null) {
      if (!isCookie(content)) return err("a cookie against RFC 7873");
      cookie = content.slice();
    }
  }
  return ok({ subnet, cookie });
}
