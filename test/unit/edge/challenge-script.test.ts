import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hasLeadingZeros, proofText, SOLUTION } from "../../../src/shield/challenge/proof.ts";
import { SCRIPT } from "../../../workers/edge/challenge/script.ts";

interface Visit {
  readonly bits: string;
  readonly token?: string;
  readonly cookieEnabled?: boolean;
  readonly answer?: () => Promise<Response>;
  /** What the tab remembers of earlier loads. */
  readonly storage?: Map<string, string>;
}

/** A page as the script sees it, until the script has come to an end: it loads itself again, or says why not. */
async function visit({ bits, token = "x", cookieEnabled = true, answer, storage = new Map() }: Visit) {
  const ended = Promise.withResolvers<void>();
  const posted: { path: string; body: { token: string; solution: string } }[] = [];
  let isReloaded = false;
  const button = {
    onclick: null as null | (() => void),
    set hidden(_: boolean) {
      ended.resolve();
    },
  };
  const status = { textContent: "" };
  const elements: Record<string, unknown> = {
    main: { dataset: { token, path: "/solve", ...(bits === "" ? {} : { bits }) } },
    "[role=status]": status,
    button,
  };
  const page = {
    document: { querySelector: (selector: string) => elements[selector] ?? null },
    location: {
      reload() {
        isReloaded = true;
        ended.resolve();
      },
    },
    navigator: { cookieEnabled },
    sessionStorage: {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => void storage.set(key, value),
    },
    fetch: async (path: string, { body }: { body: string }) => {
      posted.push({ path, body: JSON.parse(body) });
      return answer ? answer() : new Response(null, { status: 204 });
    },
    globalThis: {} as { novacronSolved?: (solution: string) => void },
  };
  new Function(...Object.keys(page), SCRIPT)(...Object.values(page));
  page.globalThis.novacronSolved?.("from a widget");
  await ended.promise;
  return { isReloaded, posted, said: status.textContent };
}

describe("the script of a challenge", () => {
  it.each(["1", "6", "12", "16"])("solves %s bits as the edge checks them, and loads the page again", async (bits) => {
    const signature = `${bits.padStart(2, "0")}-${"aB_9".repeat(10)}`;
    const { isReloaded, posted } = await visit({ bits, token: `api.p${bits}.1.1.n.${signature}` });
    expect(isReloaded).toBe(true);
    const [{ path, body } = { path: "", body: { token: "", solution: "" } }] = posted;
    expect(path).toBe("/solve");
    expect(body.solution).toMatch(SOLUTION);
    const hash = createHash("sha256").update(proofText(signature, body.solution)).digest();
    expect(hasLeadingZeros(hash, Number(bits))).toBe(true);
  });

  it("hands in what a widget gives", async () => {
    const { posted } = await visit({ bits: "", token: "t" });
    expect(posted).toEqual([{ path: "/solve", body: { token: "t", solution: "from a widget" } }]);
  });

  it("tells a browser without cookies, and does not begin", async () => {
    const { posted, said } = await visit({ bits: "1", cookieEnabled: false });
    expect(posted).toEqual([]);
    expect(said).toContain("allow cookies");
  });

  it("says why a solution was not taken", async () => {
    const answer = async () => Response.json({ title: "x", detail: "The challenge has expired." }, { status: 403 });
    expect(await visit({ bits: "1", answer })).toMatchObject({ isReloaded: false, said: "The challenge has expired." });
  });

  it.each<[string, () => Promise<Response>]>([
    ["no answer", () => Promise.reject(new TypeError("failed to fetch"))],
    ["an answer that is not ours", async () => new Response("<html>", { status: 502 })],
  ])("says that it could not hand in, at %s", async (_, answer) => {
    const { said } = await visit({ bits: "1", answer });
    expect(said).toContain("could not be sent");
  });

  it("comes again three times in a minute and then stops, where the cookie is not kept", async () => {
    const storage = new Map<string, string>();
    const reloads: boolean[] = [];
    for (let i = 0; i < 5; i++) reloads.push((await visit({ bits: "1", storage })).isReloaded);
    expect(reloads).toEqual([true, true, true, false, false]);
  });
});
