import { maskIp, parseCidr } from "../base/ip.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { ClientSubnet } from "../dns/client-subnet.ts";
import { parseName } from "../dns/name.ts";
import type { Query } from "../dns/query.ts";
import { parseType } from "../dns/record-type.ts";
import { WireWriter } from "../dns/wire/writer.ts";

/** A question as people ask it. */
export interface QuestionText {
  readonly name: string;
  /** `AAAA`, `TYPE28` or `28`. */
  readonly type: string;
  /** The client's network, or its address; `null` where there is none. */
  readonly subnet: string | null;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

const CLASS_IN = 1;
const MAX_NAME_BYTES = 255;
const ANY_PAYLOAD_BYTES = 65_535;

/** The query that asks it. The error says what is wrong, by the name of the field. */
export function queryOf({ name, type, subnet, dnssecOk, checkingDisabled }: QuestionText): Result<Query, string> {
  const asked = parseName(name);
  if (!asked.ok) return err(`name: ${asked.error}`);
  const known = parseType(/^\d+$/.test(type) ? `TYPE${type}` : type);
  if (!known.ok) return err(`type: ${known.error}`);
  const network = subnet === null ? ok(null) : subnetOf(subnet);
  if (!network.ok) return err(`subnet: ${network.error}`);
  const writer = new WireWriter(MAX_NAME_BYTES);
  writer.plainName(asked.value);
  return ok({
    head: { id: 0, opcode: 0, recursionDesired: true, checkingDisabled },
    question: { name: asked.value, asked: writer.finish(), type: known.value, class: CLASS_IN },
    edns: {
      version: 0,
      payloadBytes: ANY_PAYLOAD_BYTES,
      dnssecOk,
      compactOk: false,
      subnet: network.value,
      cookie: null,
    },
  });
}

/** An address alone counts by as many bits as resolvers should give (RFC 7871, section 11.1). */
const ADDRESS_BITS = { 4: 24, 6: 56 } as const;

function subnetOf(text: string): Result<ClientSubnet, string> {
  const network = parseCidr(text);
  if (!network.ok) return network;
  const { ip: given, prefix: whole } = network.value;
  const prefix = text.includes("/") ? whole : ADDRESS_BITS[given.family];
  const ip = maskIp(given, prefix);
  const words = ip.family === 4 ? [ip.word] : ip.words;
  const bytes = words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
  const address = Uint8Array.from(bytes.slice(0, Math.ceil(prefix / 8)));
  return ok({ family: ip.family === 4 ? 1 : 2, sourcePrefix: prefix, scopePrefix: 0, address });
}
