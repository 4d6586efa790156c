import { join } from "node:path";
import { z } from "zod";
import { type Member, startMember } from "./member.ts";

/** What to run: a wrangler.toml, and which of its entrypoints listen where on 127.0.0.1. */
export const workerdOptionsSchema = z.object({
  /** Absolute. */
  configPath: z.string(),
  /** Absolute. Holds what is stored, the bundle, temporary files and the log; nothing is written elsewhere. */
  stateDir: z.string(),
  /** Added to the variables of the configuration: its secrets. */
  bindings: z.record(z.string(), z.string()),
  /** `default` is the default export. Port 0 takes any that is free. */
  sockets: z.array(z.object({ entrypoint: z.string(), port: z.int().min(0).max(65_535) })),
  /** Isolates of the entrypoint `edge` beside the first, for the same objects. `edge-2` and so on listen on any free ports. */
  furtherEdges: z.int().min(0).default(0),
  /** Whether debuggers may look in, by the port `inspector`. */
  isInspected: z.boolean().default(false),
});
export type WorkerdOptions = z.output<typeof workerdOptionsSchema>;
/** As callers give them. */
export type WorkerdWishes = z.input<typeof workerdOptionsSchema>;

const announcementSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), ports: z.record(z.string(), z.int()) }),
  z.object({ kind: z.literal("failed"), detail: z.string() }),
]);
export type Announcement = z.infer<typeof announcementSchema>;

export interface Workerd {
  /** Of the host, which leads the process group in which workerd itself runs. */
  readonly pid: number;
  /** The port of each entrypoint and further edge, once all listen and migrations are applied. Rejects with the reason. */
  readonly ready: Promise<Readonly<Record<string, number>>>;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
  kill(): void;
}

const STOP_TIMEOUT_MS = 5000;

/** Bundles a Worker as it would be deployed and runs it on workerd, without any proxy in front of its sockets. */
export function startWorkerd(options: WorkerdWishes): Workerd {
  const member: Member = startMember({
    script: join(import.meta.dirname, "workerd-host.ts"),
    args: [options.stateDir],
    env: {
      ...process.env,
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_LOG_PATH: join(options.stateDir, "logs"),
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      XDG_CONFIG_HOME: join(options.stateDir, "config"),
      TMPDIR: join(options.stateDir, "tmp"),
      NODE_COMPILE_CACHE: join(options.stateDir, "compile-cache"),
    },
  });
  // Not as an argument: it holds secrets, and everyone may read the list of processes.
  member.channel.send(options);
  return {
    pid: member.pid,
    ready: member.announced.then((message) => {
      const announcement = announcementSchema.parse(message);
      if (announcement.kind === "failed") throw new Error(announcement.detail);
      return announcement.ports;
    }),
    exited: member.exited,
    stop: () => member.end((child) => child.connected && child.send("stop"), STOP_TIMEOUT_MS),
    kill: member.kill,
  };
}
