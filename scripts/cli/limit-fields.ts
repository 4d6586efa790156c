import { z } from "zod";
import { type RateLimit, rateLimitSchema } from "../../src/table/rate-limit.ts";
import { type Property, rangeOf, writtenOut } from "./property-words.ts";

/** What each field of a rate limit means; its range and default come from the schema. */
const meanings: Readonly<Record<keyof RateLimit, string>> = {
  services: "whose requests it is for: all, or a list of ids such as [api]",
  pathPrefix: "what their path begins with",
  methods: "a list such as [POST, PUT]; null is any",
  key: "who has a bucket together: a list of up to 4 of client-address (v6: its /64), asn, country, header, cookie",
  rate: "tokens that come in a period",
  periodSeconds: "the period, in seconds",
  burst: "tokens that a full bucket holds: so many may come at once",
  cost: "tokens that a request spends; 0 is never limited, more than burst is refused",
  action: "what becomes of a request that finds no tokens",
  shadow: "true only counts what it would have done, as novacron shield status says",
  whenUnreachable: "where the bucket's owner does not answer: a share of the limit for each edge, all pass, or none",
  banAfterSeconds: "seconds over the limit after which an address is banned; null is never",
};

/** The fields of a rate limit, for who has to write one. */
export const limitFieldsHelp = (): string => {
  const { properties = {} } = z.toJSONSchema(rateLimitSchema, { io: "input", unrepresentable: "any" });
  const names = Object.keys(meanings) as (keyof RateLimit)[];
  const lines = names.map((name) => {
    const property = properties[name] as Property;
    const notes = [...rangeOf(property), `default ${writtenOut(property.default)}`];
    return `  ${name.padEnd(16)} ${meanings[name]} (${notes.join("; ")})`;
  });
  return `
Fields:
${lines.join("\n")}

Such as:
  novacron shield policies add logins pathPrefix=/login 'methods=[POST]' rate=5 periodSeconds=60 burst=5 shadow=true
  novacron shield policies add keys 'key=[{kind: header, name: X-Api-Key}]' rate=100 burst=200
  novacron shield policies set logins shadow=false
Whom it would have met: novacron shield policies dry-run --id logins (by a cookie, or by a header but the one that the
service sticks by, only how many requests it is for: no other is recorded)
`;
};
