import type { Socket } from "node:dgram";
import type { AddressInfo, Server } from "node:net";
import { codeOf } from "../world/process-table.ts";
import { Bridge, type BridgeOptions, POLL_MS } from "./bridge.ts";
import { listenTcp, TCP_LIMITS, type TcpLimits } from "./tcp.ts";
import { listenUdp } from "./udp.ts";

export interface RunningBridge {
  readonly bridge: Bridge;
  /** The same for UDP and TCP. */
  readonly port: number;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any that is free for both. */
  readonly port: number;
  readonly tcp?: TcpLimits;
}

/** Tries of finding a port that both have to give. */
const MAX_TRIES = 20;

/** Runs a bridge in this process until it is closed. */
export async function runBridge(options: BridgeOptions, listen: ListenOptions): Promise<RunningBridge> {
  const bridge = new Bridge(options);
  const { tcp, udp } = await listenBoth(bridge, listen);
  const poll = setInterval(() => void bridge.poll(), POLL_MS / 2);
  return {
    bridge,
    port: portOf(tcp),
    async close() {
      clearInterval(poll);
      await Promise.all([
        new Promise((resolve) => tcp.close(resolve)),
        new Promise<void>((resolve) => udp.close(resolve)),
      ]);
    },
  };
}

async function listenBoth(
  bridge: Bridge,
  { host, port, tcp: limits = TCP_LIMITS }: ListenOptions,
): Promise<{ readonly tcp: Server; readonly udp: Socket }> {
  for (let tries = 1; ; tries++) {
    const tcp = await listenTcp(bridge, host, port, limits);
    try {
      return { tcp, udp: await listenUdp(bridge, host, portOf(tcp)) };
    } catch (error) {
      tcp.close();
      if (port !== 0 || codeOf(error) !== "EADDRINUSE" || tries === MAX_TRIES) throw error;
    }
  }
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
