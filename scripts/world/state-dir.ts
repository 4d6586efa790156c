import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { codeOf } from "./process-table.ts";

/** Where the local world keeps what must survive it, and what people read of it. */
export interface StateDir {
  readonly root: string;
  readonly lock: string;
  readonly credentials: string;
  /** What the local admin signs in with. */
  readonly admin: string;
  readonly world: string;
  readonly nodePorts: string;
  /** Everything that workerd stores, its bundle and its logs. */
  readonly workerd: string;
}

export function openStateDir(root: string): StateDir {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return {
    root,
    lock: join(root, "lock.json"),
    credentials: join(root, "credentials.json"),
    admin: join(root, "admin.json"),
    world: join(root, "world.json"),
    nodePorts: join(root, "node-ports.json"),
    workerd: join(root, "workerd"),
  };
}

/** `world.json`: what listens where. */
export const worldFileSchema = z.object({
  edge: z.string(),
  /** Of each isolate of the edge, that one first. */
  edges: z.array(z.string()),
  control: z.string(),
  doh: z.string(),
  /** Address and port, for UDP and TCP. */
  dns: z.string(),
  nodes: z.array(z.object({ region: z.string(), backend: z.string(), url: z.string(), pid: z.int() })),
});
export type WorldFile = z.infer<typeof worldFileSchema>;

/** `node-ports.json`: the port of every backend that this directory has ever run. */
export const nodePortsSchema = z.record(z.string(), z.int().min(1).max(65_535));
export type NodePorts = z.infer<typeof nodePortsSchema>;

const secretSchema = z.string().min(32);
const secretsSchema = z.object({
  adminToken: secretSchema,
  affinityKey: secretSchema,
  /** Lets the latency prober have the nodes measure their paths to one another. */
  nodeToken: secretSchema,
  auditKey: secretSchema,
  authKey: secretSchema,
  dnssecKey: secretSchema,
});
export type Secrets = z.infer<typeof secretsSchema>;

/** The secrets of this directory, made at the first start; those that an earlier version did not have, at the next. */
export function keepSecrets(stateDir: StateDir): Secrets {
  const file = join(stateDir.root, "secrets.json");
  const kept = readJson(file, secretsSchema.partial()) ?? {};
  const complete = secretsSchema.safeParse(kept);
  if (complete.success) return complete.data;
  const make = () => randomBytes(32).toString("base64url");
  const made = {
    adminToken: make(),
    affinityKey: make(),
    nodeToken: make(),
    auditKey: make(),
    authKey: make(),
    dnssecKey: make(),
  };
  const secrets = secretsSchema.parse({ ...made, ...kept });
  writeJson(file, secrets, 0o600);
  return secrets;
}

/** `undefined` when there is no such file. One that is damaged is an error that names it. */
export function readJson<T>(file: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Replaces a file whole, so that a reader never sees half of it. */
export function writeJson(file: string, value: unknown, mode = 0o644): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
