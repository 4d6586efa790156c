import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { type DecodedPacket, decode, encode, type Packet, streamEncode } from "dns-packet";

const TIMEOUT_MS = 5000;

interface Asked {
  readonly type?: "A" | "AAAA" | "TXT" | "SOA";
  /** The client's subnet, such as `203.0.113.0/24`. */
  readonly subnet?: string;
  readonly payloadBytes?: number;
}

function packetOf(name: string, { type = "A", subnet, payloadBytes = 1232 }: Asked): Packet {
  const [ip = "", prefix] = subnet?.split("/") ?? [];
  const option = { code: "CLIENT_SUBNET" as const, ip, sourcePrefixLength: Number(prefix) };
  const opt = {
    type: "OPT" as const,
    name: ".",
    udpPayloadSize: payloadBytes,
    flags: 0,
    options: subnet === undefined ? [] : [option],
  };
  // biome-ignore lint/suspicious/noExplicitAny: the type has fields that only answers have.
  return { type: "query", id: 7, questions: [{ type, name }], additionals: [opt as any] };
}

/** `address` is as in world.json: `127.0.0.1:8053`. */
export async function askUdp(address: string, name: string, asked: Asked = {}): Promise<DecodedPacket> {
  const [host = "", port] = address.split(":");
  const socket = createSocket("udp4");
  const received = once(socket, "message", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  socket.send(encode(packetOf(name, asked)), Number(port), host);
  try {
    const [bytes] = await received;
    return decode(bytes);
  } finally {
    socket.close();
  }
}

export async function askTcp(address: string, name: string, asked: Asked = {}): Promise<DecodedPacket> {
  const [host = "", port] = address.split(":");
  const socket = connect(Number(port), host);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("no answer in time")));
  socket.write(streamEncode(packetOf(name, asked)));
  let bytes = Buffer.alloc(0);
  for await (const piece of socket) {
    bytes = Buffer.concat([bytes, piece]);
    if (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) return decode(bytes.subarray(2));
  }
  throw new Error("the connection was closed without an answer");
}

/** The data of the answers of a type. */
export const dataOf = ({ answers = [] }: DecodedPacket): readonly unknown[] =>
  answers.flatMap((answer) => ("data" in answer ? [answer.data] : []));
