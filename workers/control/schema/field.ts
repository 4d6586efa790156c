import { z } from "zod";

/** A time as the API writes it: RFC 3339 in UTC. */
export const timeSchema = z.iso.datetime();

/** Any JSON object; what it may hold is decided by the routing table. */
export const jsonObjectSchema = z.record(z.string(), z.unknown());
