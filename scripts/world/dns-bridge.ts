import { join } from "node:path";
import { z } from "zod";
import { type Member, startMember } from "./member.ts";

export interface DnsBridge {
  readonly pid: number;
  /** `127.0.0.1:8053`, for UDP and TCP. */
  readonly address: string;
  readonly exited: Promise<string>;
}

const HOST = "127.0.0.1";
const STOP_TIMEOUT_MS = 2000;
const announcementSchema = z.object({ port: z.int() });

/** The process that answers DNS over UDP and TCP, as resolvers ask, by asking the Worker over HTTP. */
export class DnsBridgeProcess {
  readonly #compileCache: string;
  #member: Member | undefined;

  constructor(compileCache: string) {
    this.#compileCache = compileCache;
  }

  /** `port` 0 takes any that is free. */
  async start(doh: string, port: number): Promise<DnsBridge> {
    const member = startMember({
      script: join(import.meta.dirname, "../dns-bridge/main.ts"),
      args: ["--doh", `${doh}/dns-query`, "--host", HOST, "--port", String(port)],
      env: { ...process.env, NODE_COMPILE_CACHE: this.#compileCache },
    });
    this.#member = member;
    const announced = await member.announced.catch((reason) => {
      throw new Error(`the DNS bridge did not start: ${reason instanceof Error ? reason.message : reason}`);
    });
    const address = `${HOST}:${announcementSchema.parse(announced).port}`;
    return { pid: member.pid, address, exited: member.exited };
  }

  async stop(): Promise<void> {
    await this.#member?.end((child) => child.kill("SIGTERM"), STOP_TIMEOUT_MS);
  }

  kill(): void {
    this.#member?.kill();
  }
}
