import { z } from "zod";
import { type Cidr, parseCidr, parseClients } from "../base/ip.ts";
import type { Result } from "../base/result.ts";

/** Reads any way of writing a network and yields its canonical text. */
export const cidrSchema = readBy(parseCidr);

/** The same for lists of clients, where a v6 address alone is its /64. */
export const clientsSchema = readBy(parseClients);

/** A network that is already written canonically, as ids must be. */
export const canonicalCidrSchema = z
  .string()
  .max(60)
  .superRefine((text, context) => {
    const cidr = parseCidr(text);
    if (!cidr.ok) context.addIssue({ code: "custom", message: cidr.error });
    else if (cidr.value.text !== text)
      context.addIssue({ code: "custom", message: `the canonical form is ${cidr.value.text}` });
  });

function readBy(parse: (text: string) => Result<Cidr, string>) {
  return z
    .string()
    .max(60)
    .transform((text, context) => {
      const cidr = parse(text);
      if (cidr.ok) return cidr.value.text;
      context.addIssue({ code: "custom", message: cidr.error });
      return z.NEVER;
    });
}
