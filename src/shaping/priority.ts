import { plainPath } from "../base/plain-path.ts";
import type { Facts } from "../request/facts.ts";
import type { PriorityClass, Shaping } from "../table/shaping-settings.ts";
import { hasPrefix } from "../table/snapshot.ts";

type Rule = Shaping["rules"][number];

/**
 * The class of a request: that of the first rule whose conditions all hold. The schema has made the rules ready for
 * this, header names in lower case, so that nothing is compiled.
 */
export function classOf({ rules, otherwise }: Shaping, facts: Facts): PriorityClass {
  for (const rule of rules) if (holds(rule, facts) && comesFrom(rule, facts)) return rule.class;
  return otherwise;
}

function holds({ pathPrefix, method, header }: Rule, facts: Facts): boolean {
  return (
    (method === undefined || method === facts.method) &&
    (pathPrefix === undefined || hasPrefix(plainPath(facts.path), pathPrefix)) &&
    (header === undefined || facts.fields[header.name] === header.value)
  );
}

const comesFrom = ({ country, asn }: Rule, { place }: Facts): boolean =>
  (country === undefined || country === place.country) && (asn === undefined || asn === place.asn);
