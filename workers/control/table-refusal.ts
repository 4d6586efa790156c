import type { ApplyRefusal } from "../../durable-objects/routing-table/api.ts";
import type { Refusal } from "./refusal.ts";

/** Why the routing table did not change, as the API answers it. */
export function toRefusal(refusal: ApplyRefusal): Refusal {
  switch (refusal.kind) {
    case "stale":
      return { kind: "stale", epoch: refusal.epoch };
    case "objections":
      return { kind: "objections", objections: refusal.objections };
    case "unknown-epoch":
      return {
        kind: "invalid",
        errors: [{ path: "/epoch", detail: `expected a kept epoch, ${refusal.oldest} to ${refusal.newest}` }],
      };
  }
}
