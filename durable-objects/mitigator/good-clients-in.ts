import { parseCidr } from "../../src/base/ip.ts";
import { type GoodClientsIn, MAX_NETWORKS_ASKED } from "./api.ts";
import type { Clients } from "./clients.ts";

/** How many good clients of the last week are in networks, by the sample. What is no network holds none. */
export function goodClientsIn(cidrs: readonly string[], { sample }: Pick<Clients, "sample">): GoodClientsIn {
  const held = cidrs.slice(0, MAX_NETWORKS_ASKED).map((text) => {
    const cidr = parseCidr(text);
    return cidr.ok ? sample.touchedBy(cidr.value) : 0;
  });
  return { known: sample.known, held };
}
