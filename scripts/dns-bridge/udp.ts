import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { parseIp } from "../../src/base/ip.ts";
import type { Bridge, BridgeReply } from "./bridge.ts";

/** Queries of UDP under way; past it they are not taken, and who sent them asks again. */
const MAX_PENDING = 4096;
/** What the kernel holds for us while we compute; it gives less where the system allows less. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

export async function listenUdp(bridge: Bridge, host: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: RECEIVE_BUFFER_BYTES });
  let pending = 0;
  socket.on("message", (bytes, { address, port: from }) => {
    const ip = parseIp(address);
    // Nobody listens at port 0; a source that says so is forged (RFC 8085, section 5.1).
    if (ip === undefined || from === 0 || pending >= MAX_PENDING) {
      bridge.counters.ignored += 1;
      return;
    }
    // A client that has gone makes sending fail, which is no matter of ours.
    const send = (reply: BridgeReply) => reply && socket.send(reply, from, address, () => {});
    const reply = bridge.reply(bytes, { ip, transport: "udp" });
    if (!(reply instanceof Promise)) return send(reply);
    pending += 1;
    void reply.then(send).finally(() => {
      pending -= 1;
    });
  });
  socket.bind({ address: host, port, exclusive: true });
  await once(socket, "listening");
  socket.on("error", (error) => console.error(`DNS over UDP: ${error.message}`));
  return socket;
}
