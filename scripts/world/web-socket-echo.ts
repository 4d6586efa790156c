import type { WebSocket } from "ws";

export const MAX_MESSAGE_BYTES = 1_048_576;
/** A peer that sends but does not read is not read from either, beyond this many bytes of echoes. */
const MAX_BUFFERED_BYTES = 4_194_304;

/** Sends every message back as it came. */
export function echoMessages(socket: WebSocket): void {
  socket.on("message", (message, isBinary) => {
    socket.send(message as Buffer, { binary: isBinary }, () => {
      if (socket.isPaused && socket.bufferedAmount <= MAX_BUFFERED_BYTES) socket.resume();
    });
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.pause();
  });
  // A broken frame or a reset ends this socket alone.
  socket.on("error", () => socket.terminate());
}
