import { once } from "node:events";
import { z } from "zod";

const TIMEOUT_MS = 30_000;
/** Other targets are the runtime's own. */
const USER_WORKER = "core:user:";

const targetsSchema = z.array(z.object({ id: z.string(), webSocketDebuggerUrl: z.string() }));
const answerSchema = z.object({ result: z.object({ usedSize: z.number(), backingStorageSize: z.number() }) });

/**
 * The heap of the Worker's isolate and the arrays outside of it, in MB, by DevTools' protocol. Durable Objects run in the
 * same isolate here. Of several looks the least is nearest to what is alive: workerd collects when it likes.
 */
export async function isolateHeapMb(inspectorPort: number): Promise<number> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`http://127.0.0.1:${inspectorPort}/json`, { signal });
  const target = targetsSchema.parse(await response.json()).find(({ id }) => id.startsWith(USER_WORKER));
  if (!target) throw new Error("the isolate cannot be inspected");
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  try {
    await once(socket, "open", { signal });
    socket.send(JSON.stringify({ id: 1, method: "Runtime.getHeapUsage" }));
    const [{ data }] = (await once(socket, "message", { signal })) as [MessageEvent];
    const { usedSize, backingStorageSize } = answerSchema.parse(JSON.parse(String(data))).result;
    return (usedSize + backingStorageSize) / 2 ** 20;
  } finally {
    socket.close();
  }
}
