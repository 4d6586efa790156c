import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { BundledModule } from "./bundle.ts";
import { migrate } from "./migrate.ts";
import type { WorkerdOptions } from "./workerd.ts";
import { openLog } from "./workerd-log.ts";

// `import` would analyse their megabytes of CommonJS for names, which doubles the time that loading them takes.
const require = createRequire(import.meta.url);
const { convertV4MiniflareOptions, Miniflare } = require("miniflare") as typeof import("miniflare");
const { unstable_getMiniflareWorkerOptions, unstable_readConfig, unstable_splitSqlQuery } =
  require("wrangler") as typeof import("wrangler");

export interface RunningWorkerd {
  readonly ports: Record<string, number>;
  dispose(): Promise<void>;
}

/** Runs workerd with the bindings of a wrangler.toml, on the platform's own local storage. */
export async function runWorkerd(options: WorkerdOptions, modules: readonly BundledModule[]): Promise<RunningWorkerd> {
  const config = unstable_readConfig({ config: options.configPath });
  const name = config.name ?? "worker";
  const { workerOptions, externalWorkers } = unstable_getMiniflareWorkerOptions(config);
  const log = openLog(join(options.stateDir, "logs"));
  const worker = {
    ...workerOptions,
    modules: [...modules],
    modulesRoot: join(options.stateDir, "bundle"),
    bindings: { ...config.vars, ...options.bindings },
  };
  const edges = Array.from({ length: options.furtherEdges }, (_, i) => `edge-${i + 2}`);
  const objects = Object.entries(workerOptions.durableObjects ?? {});
  const durableObjects = Object.fromEntries(
    objects.map(([binding, object]) => [binding, { ...object, scriptName: name }]),
  );
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      cf: false,
      ...(options.isInspected && { inspectorPort: 0 }),
      resourcePersistencePath: join(options.stateDir, "storage"),
      handleStructuredLogs: ({ timestamp, level, message }) =>
        log(`${new Date(timestamp).toISOString()} ${level} ${message}`),
      unsafeHandleRuntimeRestart: () => console.error("workerd has crashed and runs again"),
      workers: [
        {
          ...worker,
          name,
          unsafeDirectSockets: options.sockets.map((socket) => ({ ...socket, host: "127.0.0.1" })),
        },
        ...edges.map((edge) => ({
          ...worker,
          name: edge,
          durableObjects,
          unsafeDirectSockets: [{ entrypoint: "edge", host: "127.0.0.1", port: 0 }],
        })),
        ...externalWorkers,
      ],
    }),
  );
  await miniflare.ready;
  for (const { binding, migrations_dir: directory } of config.d1_databases) {
    if (!directory) continue;
    const database = await miniflare.getD1Database(binding);
    await migrate(database, resolve(dirname(options.configPath), directory), unstable_splitSqlQuery);
  }
  const sockets = [
    ...options.sockets.map(({ entrypoint }) => ({ as: entrypoint, of: name, entrypoint })),
    ...edges.map((edge) => ({ as: edge, of: edge, entrypoint: "edge" })),
  ];
  const ports = sockets.map(async ({ as, of, entrypoint }) => {
    const url = await miniflare.unsafeGetDirectURL(of, entrypoint);
    return [as, Number(url.port)] as const;
  });
  if (options.isInspected)
    ports.push(miniflare.getInspectorURL().then(({ port }) => ["inspector", Number(port)] as const));
  return { ports: Object.fromEntries(await Promise.all(ports)), dispose: () => miniflare.dispose() };
}
