import type { Server } from "node:http";
import type { Socket } from "node:net";
import { totalmem } from "node:os";
import { constrainedMemory, cpuUsage, memoryUsage, resourceUsage } from "node:process";
import type { Load } from "../../src/table/verdict.ts";
import type { Traffic } from "./node-server.ts";

/** What counts as full: a 10 Gbit/s link and a 500 MB/s volume, the size of machine that the seed speaks of. */
const NETWORK_BYTES_PER_SECOND = 1.25e9;
const DISK_BYTES_PER_SECOND = 5e8;
/** `getrusage` counts file system traffic in blocks of this size. */
const BLOCK_BYTES = 512;
/** Rates are means over at least this long, however often they are asked for. */
const MIN_WINDOW_MS = 500;

interface Counters {
  readonly atMs: number;
  readonly cpuMicros: number;
  readonly diskBytes: number;
  readonly networkBytes: number;
}

/** Watches this process: one busy core is a CPU of 1, and `connections` requests in flight are full. */
export function watchLoad(server: Server, traffic: Traffic, connections: number): () => Load {
  const countNetwork = countBytes(server);
  const memoryBytes = Math.min(totalmem(), constrainedMemory() || Number.POSITIVE_INFINITY);
  let last = count(countNetwork);
  let rates = { cpu: 0, disk: 0, network: 0 };
  return () => {
    const next = count(countNetwork);
    const elapsedMs = next.atMs - last.atMs;
    if (elapsedMs >= MIN_WINDOW_MS) {
      rates = {
        cpu: fraction((next.cpuMicros - last.cpuMicros) / 1000 / elapsedMs),
        disk: fraction(((next.diskBytes - last.diskBytes) * 1000) / elapsedMs / DISK_BYTES_PER_SECOND),
        network: fraction(((next.networkBytes - last.networkBytes) * 1000) / elapsedMs / NETWORK_BYTES_PER_SECOND),
      };
      last = next;
    }
    const memory = fraction(memoryUsage.rss() / memoryBytes);
    return { ...rates, memory, inFlight: fraction(traffic.inFlight / connections) };
  };
}

function count(countNetwork: () => number): Counters {
  const { user, system } = cpuUsage();
  const { fsRead, fsWrite } = resourceUsage();
  return {
    atMs: performance.now(),
    cpuMicros: user + system,
    diskBytes: (fsRead + fsWrite) * BLOCK_BYTES,
    networkBytes: countNetwork(),
  };
}

/** Bytes in and out of every connection that the server has had. */
function countBytes(server: Server): () => number {
  const open = new Set<Socket>();
  let closed = 0;
  const bytesOf = (socket: Socket) => socket.bytesRead + socket.bytesWritten;
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      closed += bytesOf(socket);
    });
  });
  return () => [...open].reduce((sum, socket) => sum + bytesOf(socket), closed);
}

const fraction = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;
