import { decodeMessage } from "../../../src/dns/decode-message.ts";
import { encodeResponse, MAX_MESSAGE_BYTES } from "../../../src/dns/encode-response.ts";
import { absolute } from "../../../src/dns/name.ts";
import { printRdata } from "../../../src/dns/rdata/presentation.ts";
import { OPT, typeName } from "../../../src/dns/record-type.ts";
import type { Response } from "../../../src/dns/response.ts";

const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
const BITS = { qr: 0x8000, aa: 0x400, tc: 0x200, rd: 0x100, ra: 0x80, ad: 0x20, cd: 0x10 };

/** A response as its bytes say it, in the manner of dig, and what DNSSEC would have to prove. */
export function transcript(response: Response): string {
  const bytes = encodeResponse(response, { maxBytes: MAX_MESSAGE_BYTES });
  const message = decodeMessage(bytes);
  if (!message.ok) throw new Error(message.error);
  const { flags, questions, answer, authority, additional } = message.value;
  const set = Object.entries(BITS).flatMap(([bit, mask]) => ((flags & mask) !== 0 ? [bit] : []));
  const lines = [`${RCODES[flags & 0xf]} ${set.join(" ")}, ${bytes.length} bytes`];
  for (const { name, type } of questions) lines.push(`? ${absolute(name)} ${typeName(type)}`);
  for (const [section, records] of Object.entries({ answer, authority, additional }))
    for (const { name, type, ttl, rdata } of records)
      if (type !== OPT) lines.push(`${section}: ${absolute(name)} ${ttl} ${typeName(type)} ${printRdata(type, rdata)}`);
  const { denial } = response;
  if (denial !== null) {
    const types = denial.types.map(typeName).join(" ") || "nothing";
    lines.push(
      `denial: ${absolute(denial.name)} ${denial.exists ? `has ${types}` : "is not"}, ${absolute(denial.zone)}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
