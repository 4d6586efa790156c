import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { bundleWorker } from "../world/bundle.ts";
import { writeConfig } from "./worker-config.ts";

const TABLE = "table";
const MAX_LOG_CHARS = 2000;

export interface Isolates<Door extends string> {
  /** Where a change of the table is put in. */
  readonly setup: string;
  /** Each is an isolate of its own, and all its doors lead to the same one. */
  readonly edges: readonly Readonly<Record<Door, string>>[];
  dispose(): Promise<void>;
}

/** What is special to a bench. */
export interface IsolatesOptions<Door extends string> {
  /** A Worker whose entrypoints are `setup` and the doors. */
  readonly entry: string;
  readonly doors: readonly Door[];
  /** Classes of objects by their bindings; the edges share them. */
  readonly objects: Readonly<Record<string, string>>;
}

/** One workerd with one of each object, and so many edges in isolates of their own that share them and one colo's cache. */
export async function startIsolates<Door extends string>(
  count: number,
  { entry, doors, objects: classes }: IsolatesOptions<Door>,
): Promise<Isolates<Door>> {
  const directory = mkdtempSync(join(tmpdir(), "novacron-bench-"));
  Object.assign(process.env, { WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false" });
  const modules = await bundleWorker(writeConfig(directory, entry), join(directory, "bundle"));
  const common = {
    compatibilityDate: "2026-10-01",
    compatibilityFlags: ["enable_request_signal"],
    modules: [...modules],
    modulesRoot: join(directory, "bundle"),
    bindings: {
      ADMIN_TOKEN: "b".repeat(32),
      AFFINITY_KEY: "b".repeat(32),
      AUDIT_KEY: "b".repeat(32),
      AUTH_KEY: "b".repeat(32),
      CONTROL_HOST: "control.test",
      DNS_HOST: "dns.test",
    },
    d1Databases: { DB: "bench" },
  };
  const objects = (scriptName?: string) =>
    Object.fromEntries(
      Object.entries(classes).map(([name, className]) => [
        name,
        { className, useSQLite: true, ...(scriptName === undefined ? {} : { scriptName }) },
      ]),
    );
  const socket = (entrypoint: string) => ({ entrypoint, host: "127.0.0.1", port: 0 });
  const names = Array.from({ length: count }, (_, i) => `edge-${i}`);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      cf: false,
      resourcePersistencePath: join(directory, "storage"),
      handleStructuredLogs: ({ level, message }) => {
        if (level === "error") console.error(message.slice(0, MAX_LOG_CHARS));
      },
      workers: [
        { ...common, name: TABLE, durableObjects: objects(), unsafeDirectSockets: [socket("setup")] },
        ...names.map((name) => ({
          ...common,
          name,
          durableObjects: objects(TABLE),
          unsafeDirectSockets: doors.map(socket),
        })),
      ],
    }),
  );
  await miniflare.ready;
  const urlOf = async (name: string, entrypoint: string) =>
    String(await miniflare.unsafeGetDirectURL(name, entrypoint));
  const edges = names.map(async (name) => {
    const urls = doors.map(async (door) => [door, await urlOf(name, door)] as const);
    return Object.fromEntries(await Promise.all(urls)) as Record<Door, string>;
  });
  return {
    setup: await urlOf(TABLE, "setup"),
    edges: await Promise.all(edges),
    async dispose() {
      await miniflare.dispose();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
