import { createSocket } from "node:dgram";
import { once } from "node:events";

export interface UdpLoad {
  readonly port: number;
  /** Queries under way at any time. */
  readonly concurrency: number;
  readonly seconds: number;
  /** The nth query; its first two bytes are set by the load. */
  readonly query: (n: number) => Uint8Array;
}

export interface UdpLoadResult {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Not answered in time. */
  readonly lost: number;
}

const LOST_AFTER_MS = 1000;
const SWEEP_MS = 100;
/** The response code of an answer that is none, in the fourth byte. */
const RCODE = 0x0f;

/** Asks over UDP, as many at a time as told, each again as soon as it is answered. */
export async function loadUdp({ port, concurrency, seconds, query }: UdpLoad): Promise<UdpLoadResult> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  const sentAt = new Float64Array(concurrency);
  const tookMs: number[] = [];
  let asked = 0;
  let lost = 0;
  let failed = 0;
  const send = (slot: number) => {
    const bytes = query(asked++);
    new DataView(bytes.buffer, bytes.byteOffset).setUint16(0, slot);
    sentAt[slot] = performance.now();
    socket.send(bytes);
  };
  socket.on("message", (bytes) => {
    const slot = bytes.readUInt16BE(0);
    if (((bytes[3] ?? 0) & RCODE) !== 0) failed += 1;
    tookMs.push(performance.now() - (sentAt[slot] ?? 0));
    send(slot);
  });
  const sweep = setInterval(() => {
    for (const [slot, at] of sentAt.entries()) {
      if (performance.now() - at < LOST_AFTER_MS) continue;
      lost += 1;
      send(slot);
    }
  }, SWEEP_MS);
  const startedAt = performance.now();
  for (let slot = 0; slot < concurrency; slot++) send(slot);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  clearInterval(sweep);
  socket.close();
  if (failed > 0) throw new Error(`${failed} of ${tookMs.length} answers were errors`);
  const perSecond = (tookMs.length * 1000) / (performance.now() - startedAt);
  tookMs.sort((a, b) => a - b);
  return { perSecond, p99Ms: tookMs[Math.ceil(tookMs.length * 0.99) - 1] ?? Number.NaN, lost };
}
