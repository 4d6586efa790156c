import { z } from "zod";
import { countryOf } from "./countries.ts";

const code = (pattern: RegExp, expected: string) => z.string().regex(pattern, `expected ${expected}`);

export const COUNTRY_EXPECTED = "expected a country's ISO 3166-1 alpha-2 code in capitals";

/** The fields of a place as people write it. What is not known of it is left out. */
export const placeFields = {
  country: z
    .string()
    .refine((text) => countryOf(text) !== undefined, COUNTRY_EXPECTED)
    .optional(),
  subdivision: code(/^[0-9A-Z]{1,3}$/, "the part of an ISO 3166-2 code after the hyphen").optional(),
  continent: z.enum(["AF", "AN", "AS", "EU", "NA", "OC", "SA"]).optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
  colo: code(/^[A-Z]{3}$/, "three capitals").optional(),
  asn: z.int().min(1).max(4_294_967_295).optional(),
};
