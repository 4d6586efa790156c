import { describe, expect, it, vi } from "vitest";
import { ill, useFakeNodes, well } from "./fake-nodes.ts";
import { Monitor, originOf, setBackends, verdicts } from "./world.ts";

/** The runtime fires the alarms itself, by its own clock. */
describe("the alarm loop", () => {
  const nodes = useFakeNodes();
  const statusIs = (status: string) => async () => expect((await verdicts()).virginia?.status).toBe(status);
  const soon = { timeout: 20_000, interval: 50 };

  it("runs by itself once started, and finds a fall within 14 s", async () => {
    const monitor = new Monitor("weur");
    nodes.current.set(originOf("virginia"), well);
    await setBackends({ virginia: {} });
    await monitor.api.ensureRunning();
    await vi.waitFor(statusIs("up"), soon);
    nodes.current.set(originOf("virginia"), ill);
    const brokenAt = Date.now();
    await vi.waitFor(statusIs("down"), soon);
    expect(Date.now() - brokenAt).toBeLessThan(14_000);
  });
});
