import { type ClientSubnet, writeClientSubnet } from "../client-subnet.ts";
import { CLIENT_SUBNET, CO_BIT, DO_BIT, type Edns } from "../edns.ts";
import { MAX_MESSAGE_BYTES } from "../encode-response.ts";
import { ROOT } from "../name.ts";
import type { Query } from "../query.ts";
import { OPT } from "../record-type.ts";
import { WireWriter } from "../wire/writer.ts";

/** The same for all whose answers differ by their subnets alone, and in the case of letters. */
export const queryKey = ({ question, edns }: Query): string =>
  `${flagsOf(edns)} ${question.type} ${question.class} ${question.name}`;

/**
 * A query as it goes to the Worker: id 0, as RFC 8484 (section 4.1) wants it, the name in lower case, with the subnet,
 * and without what is between a client and its server alone. Over HTTPS nothing has to be cut short. `flags` are those of
 * the header (RFC 1035, section 4.1.1), of which the Worker needs none.
 */
export function writeUpstreamQuery({ question, edns }: Query, subnet: ClientSubnet, flags = 0): Uint8Array {
  const writer = new WireWriter(MAX_MESSAGE_BYTES);
  for (const word of [0, flags, 1, 0, 0, 1]) writer.u16(word);
  writer.plainName(question.name);
  writer.u16(question.type);
  writer.u16(question.class);
  writer.plainName(ROOT);
  writer.u16(OPT);
  writer.u16(MAX_MESSAGE_BYTES);
  writer.u16(edns?.version ?? 0);
  writer.u16(flagsOf(edns));
  const option = writeClientSubnet(subnet);
  writer.u16(4 + option.length);
  writer.u16(CLIENT_SUBNET);
  writer.u16(option.length);
  writer.put(option);
  return writer.finish();
}

const flagsOf = (edns: Edns | null): number => (edns?.dnssecOk ? DO_BIT : 0) | (edns?.compactOk ? CO_BIT : 0);
