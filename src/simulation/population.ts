import { z } from "zod";
import { issueWords } from "../base/issue-words.ts";
import { nowhere, type Place } from "../geo/place.ts";
import { placeFields } from "../geo/place-fields.ts";
import { hostSchema } from "../request/host.ts";
import { type ServiceEntry, type Snapshot, serviceFor } from "../table/snapshot.ts";

/** Clients at one place who ask for one service. */
export interface PopulationRow {
  readonly place: Place;
  readonly target: Target;
  /** Their part of the traffic, in any one unit for the whole population. */
  readonly weight: number;
}

/** What the clients ask for: a service by its id, or whatever answers a host. */
export type Target =
  | { readonly kind: "service"; readonly id: string }
  | { readonly kind: "host"; readonly host: string };

/** Requests of one hour, or any other time, as the edges count them. */
export interface Demand {
  readonly colo: string;
  readonly country: string | null;
  readonly service: string;
  readonly requests: number;
}

/** What one colo counts. */
export type ColoDemand = Omit<Demand, "colo">;

/** One thing wrong with one row. `field` is `null` where it is the row as a whole. */
export interface BadRow {
  /** Counted from 0. */
  readonly row: number;
  readonly field: string | null;
  readonly detail: string;
}

export const MAX_POPULATION_ROWS = 5000;
/** More than anybody counts of anything; sums of as many rows stay finite. */
const MAX_ROW_WEIGHT = 1e15;

/** A row as people write it. What is not known of the place is left out. */
const rowSchema = z
  .strictObject({
    ...placeFields,
    service: z.string().min(1).max(63).optional(),
    host: hostSchema.optional(),
    weight: z.number().min(0).max(MAX_ROW_WEIGHT),
  })
  .refine((row) => (row.latitude === undefined) === (row.longitude === undefined), "latitude and longitude go together")
  .refine((row) => row.service === undefined || row.host === undefined, "names both a service and a host")
  .refine(
    ({ country, continent, latitude, colo }) => country ?? continent ?? colo ?? latitude !== undefined,
    "names no place",
  );

export interface ReadRows {
  readonly rows: readonly PopulationRow[];
  /** All that is wrong, in the order of the rows; with any of it nothing may be run. */
  readonly bad: readonly BadRow[];
}

/**
 * Reads rows that somebody wrote. A row without `service` and `host` asks for `service`. A service or host that none of
 * the tables has is wrong too, since it is likelier a slip than a wish.
 */
export function readRows(given: readonly unknown[], service: string | null, tables: readonly Snapshot[]): ReadRows {
  const bad: BadRow[] = [];
  const rows = given.flatMap((value, row): PopulationRow[] => {
    const parsed = rowSchema.safeParse(value, { error: issueWords });
    if (!parsed.success) {
      bad.push(...parsed.error.issues.flatMap((issue) => describe(issue, row)));
      return [];
    }
    const { service: own, host, weight } = parsed.data;
    const target = targetOf(own ?? null, host ?? null, service);
    if (target === null) {
      bad.push({ row, field: "service", detail: "names no service and no host, and the table has several services" });
      return [];
    }
    if (tables.every((table) => serviceOf(table, target) === undefined)) {
      const detail = target.kind === "host" ? `no service answers ${target.host}` : `no service is named ${target.id}`;
      bad.push({ row, field: target.kind === "host" ? "host" : "service", detail });
    }
    return [{ place: placeOf(parsed.data), target, weight }];
  });
  return { rows, bad };
}

/** The service that a table has for clients; hosts are asked for at `/`. */
export function serviceOf(snapshot: Snapshot, target: Target): ServiceEntry | undefined {
  if (target.kind === "host") return serviceFor(snapshot, target.host, "/");
  return snapshot.services.find(({ id }) => id === target.id);
}

/** Traffic as it was, in requests a second. */
export function demandPopulation(demand: readonly Demand[], seconds: number): PopulationRow[] {
  return demand.map(({ colo, country, service, requests }) => ({
    place: { ...nowhere, colo, country },
    target: { kind: "service", id: service },
    weight: requests / seconds,
  }));
}

function placeOf(row: z.infer<typeof rowSchema>): Place {
  return {
    country: row.country ?? null,
    subdivision: row.subdivision ?? null,
    continent: row.continent ?? null,
    latitude: row.latitude ?? null,
    longitude: row.longitude ?? null,
    colo: row.colo ?? null,
    asn: row.asn ?? null,
  };
}

function targetOf(service: string | null, host: string | null, fallback: string | null): Target | null {
  if (host !== null) return { kind: "host", host };
  const id = service ?? fallback;
  return id === null ? null : { kind: "service", id };
}

function describe(issue: z.core.$ZodIssue, row: number): BadRow[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((field) => ({ row, field: field.slice(0, 100), detail: "unknown field" }));
  return [{ row, field: issue.path[0] === undefined ? null : String(issue.path[0]), detail: issue.message }];
}
