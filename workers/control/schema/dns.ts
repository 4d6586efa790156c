import { z } from "zod";
import { domainNameSchema } from "../../../src/table/domain-name.ts";

/** Less than a body may have; a zone file of the largest zone that the API takes. */
const MAX_ZONE_FILE_CHARS = 900_000;

export const zoneImportSchema = z
  .strictObject({
    /** RFC 1035, section 5. */
    zoneFile: z.string().min(1).max(MAX_ZONE_FILE_CHARS),
    /** Record sets that the file does not have go, but for those that are steered. */
    replace: z.boolean().default(false),
  })
  .meta({ id: "ZoneImport" });

export const zoneExportSchema = z.strictObject({ zone: z.string(), zoneFile: z.string() }).meta({ id: "ZoneExport" });

export const dnsQuerySchema = z.strictObject({
  name: z.string().min(1).max(1024),
  /** `AAAA`, `TYPE28` or `28`. */
  type: z.string().min(1).max(20).default("A"),
  /** The client's network or address. */
  subnet: z.string().max(60).optional(),
});

const recordSchema = z.strictObject({ name: z.string(), type: z.int(), TTL: z.int(), data: z.string() });

/** As public resolvers answer in JSON. */
const answerSchema = z
  .strictObject({
    Status: z.int(),
    TC: z.boolean(),
    RD: z.boolean(),
    RA: z.boolean(),
    AD: z.boolean(),
    CD: z.boolean(),
    Question: z.array(z.strictObject({ name: z.string(), type: z.int() })),
    Answer: z.array(recordSchema).optional(),
    Authority: z.array(recordSchema).optional(),
    Additional: z.array(recordSchema).optional(),
    edns_client_subnet: z.string().optional(),
  })
  .meta({ id: "DnsAnswer" });

export const dnsQueryReplySchema = z
  .strictObject({
    epoch: z.int(),
    answer: answerSchema,
    /** Of the steered record sets that were asked: where in the policy what was told stands. */
    steered: z.array(z.strictObject({ id: z.string(), targets: z.array(z.string()) })),
  })
  .meta({ id: "DnsQueryReply" });
export type DnsQueryReply = z.infer<typeof dnsQueryReplySchema>;

export const dnsValidateSchema = z.strictObject({ domain: domainNameSchema }).meta({ id: "DnsValidate" });

export const dnsValidationSchema = z
  .strictObject({
    domain: z.string(),
    /** `null` where no zone of the table holds it. */
    zone: z.string().nullable(),
    epoch: z.int(),
    findings: z.array(
      z.strictObject({
        check: z.enum(["zone", "delegation", "soa", "answers", "ttl", "served", "dnssec"]),
        status: z.enum(["ok", "warning", "failed", "unchecked"]),
        detail: z.string(),
      }),
    ),
    /** What a client where each region stands is told. */
    answers: z.array(
      z.strictObject({
        region: z.string(),
        type: z.string(),
        values: z.array(z.string()),
        ttlSeconds: z.int().nullable(),
        targets: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: "DnsValidation" });
export type DnsValidationReply = z.infer<typeof dnsValidationSchema>;
