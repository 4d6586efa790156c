import { z } from "zod";
import type { BackendHealth } from "../../src/health/hysteresis.ts";
import { pathRecordSchema } from "../../src/latency-matrix/path-record.ts";
import { type Backend, backendIdSchema } from "../../src/table/backend.ts";
import { probeSchema } from "../../src/table/probe.ts";
import { locationHints } from "../../src/table/region.ts";
import { loadSchema } from "../../src/table/verdict.ts";

/** What is checked of a backend. Any difference makes it another server, whose past says nothing. */
export type Endpoint = Pick<Backend, "url" | "healthPath" | "loadPath" | "probe">;

const endpointSchema = z.object({
  url: z.string(),
  healthPath: z.string(),
  probe: probeSchema,
  loadPath: z.string().nullable(),
}) satisfies z.ZodType<Endpoint>;

const statusSchema = z.enum(["unknown", "up", "down"]);

const healthSchema = z.object({
  vantage: z.enum(locationHints),
  status: statusSchema,
  since: z.number(),
  recoveredAt: z.number().nullable(),
  answering: statusSchema,
  run: z.object({ outcome: z.enum(["success", "failure"]), length: z.number() }),
  damping: z.object({ penalty: z.number(), at: z.number(), suppressed: z.boolean() }),
  checkedAt: z.number(),
  nextCheckAt: z.number(),
  phaseMs: z.number(),
  latencyMs: z.number().nullable(),
  load: loadSchema.nullable(),
  detail: z.string(),
}) satisfies z.ZodType<BackendHealth>;

export const targetSchema = z.object({
  backend: backendIdSchema,
  endpoint: endpointSchema,
  health: healthSchema,
  path: pathRecordSchema,
});

/** One backend that is checked, and what is held of it. One row. */
export type Target = z.infer<typeof targetSchema>;

// The record is one JSON text: it is always read and written whole. The two columns beside it choose the due ones.
export const createTable = `
  CREATE TABLE IF NOT EXISTS target (
    backend TEXT PRIMARY KEY,
    next_check_at INTEGER NOT NULL,
    confirming INTEGER NOT NULL,
    record TEXT NOT NULL
  ) WITHOUT ROWID`;
