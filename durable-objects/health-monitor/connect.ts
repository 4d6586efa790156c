import { connect } from "cloudflare:sockets";

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/**
 * Opens a TCP connection to an origin, or to another port of its host, and closes it. Resolves once it is open; rejects
 * when it is refused or the signal aborts.
 */
export async function openOnce(origin: string, port: number | null, signal: AbortSignal): Promise<void> {
  const { protocol, hostname, port: own } = new URL(origin);
  const socket = connect({ hostname, port: port ?? (Number(own) || (DEFAULT_PORTS[protocol] ?? 80)) });
  // A refusal is told by `opened`; nobody waits for the end.
  socket.closed.catch(() => undefined);
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
  try {
    await Promise.race([socket.opened, aborted]);
  } finally {
    socket.close().catch(() => undefined);
  }
}
