import type { Result } from "../../src/base/result.ts";
import { err } from "../../src/base/result.ts";
import type { Query } from "../../src/dns/query.ts";
import { queryOf } from "../../src/geodns/question.ts";

export const DNS_JSON = "application/dns-json";

/** The query in the parameters of a request for JSON. The error says what is wrong. */
export function readQuestion(parameters: URLSearchParams): Result<Query, string> {
  const name = parameters.get("name");
  if (name === null || name === "") return err("The parameter name is missing");
  return queryOf({
    name,
    type: parameters.get("type") ?? "A",
    subnet: parameters.get("edns_client_subnet"),
    dnssecOk: isSet(parameters.get("do")),
    checkingDisabled: isSet(parameters.get("cd")),
  });
}

/** `do`, `do=1` and `do=true` alike. */
const isSet = (value: string | null) => value === "" || value === "1" || value?.toLowerCase() === "true";
