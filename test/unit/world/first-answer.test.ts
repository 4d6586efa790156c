import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { firstAnswer } from "../../../scripts/world/first-answer.ts";

const EPOCH = 7;
const NEVER_MS = 50;
const current = { status: "ok", epoch: EPOCH };

describe("the first answer of the edge", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /** An edge that tells of itself, and answers traffic, one after the other; the last of each stays. */
  async function edge(healths: readonly object[], answers: readonly (readonly [number, string])[]): Promise<string> {
    const left = { healths: [...healths], answers: [...answers] };
    server = createServer(({ url }, response) => {
      const isHealth = url === "/.well-known/novacron/health";
      const health = left.healths.length > 1 ? left.healths.shift() : left.healths[0];
      if (isHealth) return response.end(JSON.stringify(health));
      const [status, text] = (left.answers.length > 1 ? left.answers.shift() : left.answers[0]) ?? [500, ""];
      return response.writeHead(status).end(text);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each([
    ["at once", [current], [[200, "served"]]],
    [
      "once the table has come",
      [{ status: "down", epoch: null }, { status: "ok", epoch: 6 }, current],
      [[200, "served"]],
    ],
    [
      "once a backend answers",
      [current],
      [
        [502, "bad gateway"],
        [503, "none healthy"],
        [200, "served"],
      ],
    ],
    ["by a later table", [{ status: "ok", epoch: 9 }], [[302, "there"]]],
  ] as const)("is waited for: %s", async (_name, healths, answers) => {
    expect(await firstAnswer(await edge(healths, answers), EPOCH)).toBeNull();
  });

  it.each([
    [403, "kept out"],
    [429, "challenged"],
    [451, "no permitted region"],
    [404, "no service"],
  ])("may be a refusal: %i", async (status, text) => {
    expect(await firstAnswer(await edge([current], [[status, text]]), EPOCH)).toBe(`${status} ${text}`);
  });

  it("need not come where its operators have left nobody to serve", async () => {
    expect(await firstAnswer(await edge([current], [[503, "none healthy"]]), EPOCH, NEVER_MS)).toBe("503 none healthy");
  });

  it.each([
    ["has no table", { status: "down", epoch: null }],
    ["holds an old one", { status: "stale", epoch: EPOCH }],
  ])("fails where the edge %s", async (_name, health) => {
    const waiting = firstAnswer(await edge([health], [[200, "served"]]), EPOCH, NEVER_MS);
    await expect(waiting).rejects.toThrow(`the edge does not serve: ${JSON.stringify(health)}`);
  });
});
