import { z } from "zod";
import { MAX_RATE_LIMITS, rateLimitIdSchema } from "../../table/rate-limit.ts";
import { regionIdSchema } from "../../table/region.ts";
import { type ServiceId, serviceIdSchema } from "../../table/service.ts";
import { traitsSchema } from "../traits.ts";

/** Bounds of what is told of one second at a time, by anybody. */
export const MAX_SERVICES_A_SECOND = 100;
const MAX_CELLS = 500;
const MAX_SAMPLES_TOLD = 1000;
const MAX_CLIENTS_TOLD = 1000;
/** Of one sender in one second. */
const MAX_REQUESTS = 100_000_000;
/** Seconds in one call. */
const MAX_SECONDS_TOLD = 12;
/** What is older was held up somewhere and would be counted in no second any more; what is of later, by a clock ahead. */
const MAX_BEHIND_S = 12;
const MAX_AHEAD_S = 3;

const regionSchema = regionIdSchema.nullable();
/** The class of the status that a backend gave, such as `2xx`, or else why there was none: the kind of the outcome. */
const resultSchema = z.string().min(1).max(40);
const countSchema = z.int().min(1).max(MAX_REQUESTS);

const cellSchema = z.object({ region: regionSchema, result: resultSchema, requests: countSchema });
/** Requests that one region served, or none, with one result. */
export type TrafficCell = z.infer<typeof cellSchema>;

const sampledRequestSchema = z.object({
  traits: traitsSchema,
  region: regionSchema,
  result: resultSchema,
  /** Of how many requests it is one. */
  weight: z.number().positive().max(MAX_REQUESTS),
});
export type SampledRequest = z.infer<typeof sampledRequestSchema>;

const clientRowSchema = z.object({
  client: z.string().min(1).max(64),
  /** The one that served it last. */
  region: regionSchema,
  /** At least so many. */
  requests: countSchema,
});
export type ClientRow = z.infer<typeof clientRowSchema>;

const limitCountSchema = z.object({
  limit: rateLimitIdSchema,
  passed: z.int().min(0).max(MAX_REQUESTS),
  limited: z.int().min(0).max(MAX_REQUESTS),
  /** It would have limited them, and only counts. */
  wouldLimit: z.int().min(0).max(MAX_REQUESTS),
});
/** What became of the requests that one limit is for. */
export type LimitCount = z.infer<typeof limitCountSchema>;

/** What one service was asked in one second: the cells hold every request, the rest is part of it. */
export interface ServiceSecond {
  readonly service: ServiceId;
  readonly cells: readonly TrafficCell[];
  readonly samples: readonly SampledRequest[];
  /** The clients with the most requests. */
  readonly clients: readonly ClientRow[];
}

export interface TrafficSecond {
  /** Unix seconds. */
  readonly second: number;
  /** Requests that the blacklist refused, before anybody asked for which service they were. */
  readonly blocked: number;
  readonly services: readonly ServiceSecond[];
  /** What limits have done since it was last told, which may be more than a second ago. */
  readonly limits?: readonly LimitCount[];
}

/**
 * Reads what another version may have sent while a deployment rolls out: what this one does not know is passed over, and
 * so is each entry that is no such thing, or of a time that cannot be.
 */
export function readTraffic(told: unknown, now: number): TrafficSecond[] {
  const nowSecond = Math.floor(now / 1000);
  return listOf(told, MAX_SECONDS_TOLD).flatMap((entry): TrafficSecond[] => {
    const { second, blocked, services, limits } = fieldsOf(entry);
    if (!isWhole(second) || second < nowSecond - MAX_BEHIND_S || second > nowSecond + MAX_AHEAD_S) return [];
    return [
      {
        second,
        blocked: isWhole(blocked) && blocked >= 0 && blocked <= MAX_REQUESTS ? blocked : 0,
        services: listOf(services, MAX_SERVICES_A_SECOND).flatMap(readService),
        limits: entries(limitCountSchema, limits, MAX_RATE_LIMITS),
      },
    ];
  });
}

function readService(entry: unknown): ServiceSecond[] {
  const { service, cells, samples, clients } = fieldsOf(entry);
  const id = serviceIdSchema.safeParse(service);
  if (!id.success) return [];
  return [
    {
      service: id.data,
      cells: entries(cellSchema, cells, MAX_CELLS),
      samples: entries(sampledRequestSchema, samples, MAX_SAMPLES_TOLD),
      clients: entries(clientRowSchema, clients, MAX_CLIENTS_TOLD),
    },
  ];
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const listOf = (value: unknown, limit: number): unknown[] => (Array.isArray(value) ? value.slice(0, limit) : []);
const entries = <T>(schema: z.ZodType<T>, list: unknown, limit: number): T[] =>
  listOf(list, limit).flatMap((entry) => schema.safeParse(entry).data ?? []);

export const requestsOf = ({ cells }: Pick<ServiceSecond, "cells">): number =>
  cells.reduce((sum, { requests }) => sum + requests, 0);

/** The regions that served any of it. */
export const regionsOf = (seconds: readonly TrafficSecond[]): Set<string> =>
  new Set(
    seconds.flatMap(({ services }) => services.flatMap(({ cells }) => cells.flatMap(({ region }) => region ?? []))),
  );

/** The part of it that one region served. */
export function servedBy(region: string, seconds: readonly TrafficSecond[]): TrafficSecond[] {
  const isOf = (each: { readonly region: string | null }) => each.region === region;
  return seconds.flatMap(({ second, services }) => {
    const those = services.flatMap(({ service, cells, samples, clients }) => {
      const served = cells.filter(isOf);
      return served.length === 0
        ? []
        : [{ service, cells: served, samples: samples.filter(isOf), clients: clients.filter(isOf) }];
    });
    return those.length === 0 ? [] : [{ second, blocked: 0, services: those }];
  });
}
