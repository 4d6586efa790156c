import { z } from "zod";
import { parseCidr } from "../base/ip.ts";

/** Reads any way of writing a network and yields its canonical text. */
export const cidrSchema = z
  .string()
  .max(60)
  .transform((text, context) => {
    const cidr = parseCidr(text);
    if (cidr.ok) return cidr.value.text;
    context.addIssue({ code: "custom", message: cidr.error });
    return z.NEVER;
  });

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
