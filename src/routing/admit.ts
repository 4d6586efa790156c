import type { Facts } from "../request/facts.ts";
import { type Permitted, permitRequest, type Refused } from "../residency/permit.ts";
import { type Blocked, type Screened, screen } from "../shield/screen.ts";
import { type ServiceEntry, type Snapshot, serviceFor } from "../table/snapshot.ts";

/** A request that may be routed. */
export interface Admitted {
  readonly kind: "admitted";
  readonly facts: Screened;
  readonly service: ServiceEntry;
  readonly permitted: Permitted;
}

export interface NoService {
  readonly kind: "no-service";
  readonly facts: Facts;
}

/** No region is permitted for the client. */
export interface NotPermitted extends Refused {
  readonly service: ServiceEntry;
}

/** What stands before routing: screening, the choice of a service, residency. */
export function admit(snapshot: Snapshot, facts: Facts, now: number): Admitted | Blocked | NoService | NotPermitted {
  const screened = screen(snapshot, facts, now);
  if (screened.kind === "blocked") return screened;
  const service = serviceFor(snapshot, facts.hostname, facts.path);
  if (!service) return { kind: "no-service", facts };
  const permitted = permitRequest(snapshot, service, screened);
  return permitted.kind === "refused"
    ? { ...permitted, service }
    : { kind: "admitted", facts: screened, service, permitted };
}
