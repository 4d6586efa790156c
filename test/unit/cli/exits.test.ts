import { beforeEach, describe, expect, it, vi } from "vitest";
import { createWorld, TOKEN, type World } from "../control/world.ts";
import { type At, directory, runAt } from "./directory.ts";

let world: World;
let files: Record<string, string>;
beforeEach(async () => {
  world = await createWorld();
  files = directory();
});

const novacron = (line: string, at?: At) => runAt(world, files, line, at);

describe("exit 1, and why on stderr", () => {
  it.each([
    [
      "weights set mars=1 us-east-1=2",
      "Some fields are wrong (422, request request-1)\n  /mars: no region or backend is named mars\n",
    ],
    [
      "weights set us-east-1=1001",
      "Some fields are wrong (422, request request-1)\n  /us-east-1: expected at most 1000\n",
    ],
    [
      "blacklist rm 203.0.113.9",
      "There is no such thing: 203.0.113.9/32 is not on the blacklist (404, request request-1)\n",
    ],
    ["table apply patch.yaml --if-epoch 7", "The table has changed since: its epoch is 1 (412, request request-2)\n"],
    [
      "table rollback --to 9 --reason r",
      "Some fields are wrong (422, request request-1)\n  /epoch: expected a kept epoch, 0 to 1\n",
    ],
    ["region health --region mars", "There is no such thing: regions/mars (404, request request-1)\n"],
    ["table apply none.yaml", "none.yaml: no such file\n"],
  ])("%s", async (line, err) => {
    const before = await world.state();
    expect(await novacron(line)).toEqual({ exit: 1, out: "", err });
    expect(await world.state()).toBe(before);
  });

  it("of a plan that would be refused, which it shows all the same", async () => {
    const { exit, out, err } = await novacron("table plan unsafe.yaml --json");
    expect(exit).toBe(1);
    expect(JSON.parse(out).objections).not.toEqual([]);
    expect(err).toMatch(/^it would be refused:\n {2}\/regions\/us-east-1: /);
    files["wrong.yaml"] = "regions: { us-east-1: { weight: x } }";
    expect((await novacron("table plan wrong.yaml")).out).toBe("at epoch 1:\n");
  });

  it("of a file that cannot be read", async () => {
    const { exit, out, err } = await novacron("table apply broken.yaml");
    expect([exit, out]).toEqual([1, ""]);
    expect(err).toMatch(/^broken\.yaml: .+ at line 1/);
  });

  it("without credentials", async () => {
    files = {};
    expect(await novacron("status")).toEqual({
      exit: 1,
      out: "",
      err: "there are no credentials at .novacron/credentials.json: sign in by novacron login, start a world with npm start, or set NOVACRON_URL and NOVACRON_TOKEN\n",
    });
  });

  it.each([
    ["not JSON", "{", "not JSON"],
    ["no token", '{"url":"http://control.test"}', "token: "],
    ["another scheme", '{"url":"ftp://control.test","token":"x"}', "url: "],
  ])("with credentials that are wrong: %s", async (_name, text, detail) => {
    files[".novacron/credentials.json"] = text;
    const { exit, err } = await novacron("status");
    expect(exit).toBe(1);
    expect(err).toContain(`.novacron/credentials.json cannot be read: ${detail}`);
  });

  it.each([
    ["beside a token", { NOVACRON_URL: "foo", NOVACRON_TOKEN: TOKEN }],
    ["beside the local world's token", { NOVACRON_URL: "foo" }],
  ])("with a NOVACRON_URL that is none, %s", async (_name, env) => {
    const { exit, err } = await novacron("status", { env });
    expect([exit, err]).toEqual([1, "NOVACRON_URL cannot be read: url: expected a URL\n"]);
  });

  it.each([
    ["a write", "blacklist add 203.0.113.9 --reason scans --yes", true],
    ["a read", "blacklist list", false],
    ["a plan", "table plan patch.yaml", false],
  ])("when %s is not answered in time", async (_name, line, mayHaveChanged) => {
    files["patch.yaml"] = "regions: {}\n";
    vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
    const fetch = async () => Promise.reject(new Error("aborted"));
    const { exit, err } = await novacron(line, { fetch });
    vi.restoreAllMocks();
    expect([exit, err.includes("did not answer within 10 s")]).toEqual([1, true]);
    expect(err.includes("whether it was done is not known")).toBe(mayHaveChanged);
  });

  const refusedBy = (error: Error) => ({ fetch: async () => Promise.reject(error) });
  it("when nothing answers", async () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:8788"), { code: "ECONNREFUSED" });
    const { exit, err } = await novacron("status", refusedBy(new TypeError("fetch failed", { cause })));
    expect([exit, err]).toEqual([
      1,
      "nothing answers at http://control.test (connection refused): is the world running? start it with npm start\n",
    ]);
    const env = { NOVACRON_URL: "http://other.test" };
    const elsewhere = await novacron("status", { env, ...refusedBy(new TypeError("fetch failed", { cause })) });
    expect(elsewhere.err).toBe("nothing answers at http://other.test (connection refused): is NOVACRON_URL right?\n");
  });

  it.each([
    ["a page", "text/html", "<html>"],
    ["an empty problem", "application/problem+json", "{}"],
  ])("when something else answers: %s", async (_name, type, text) => {
    const fetch = async () => new Response(text, { headers: { "Content-Type": type } });
    const { exit, err } = await novacron("status", { fetch });
    expect([exit, err]).toEqual([1, "http://control.test answers 200, but not as the control API does\n"]);
  });

  it.each([
    ["half of JSON", "{", "/: missing: expected an object"],
    ["another kind of value", '{"status":"up","epoch":"one"}', "/epoch: expected a number, not a string"],
    ["less than there must be", "{}", "/status: missing: expected"],
  ])("when the control API does not keep to its schemas: %s", async (_name, text, detail) => {
    const fetch = async () => new Response(text, { headers: { "Content-Type": "application/json" } });
    const { exit, err } = await novacron("status", { fetch });
    expect([exit, err]).toEqual([1, expect.stringContaining(`not as the control API does\n  ${detail}`)]);
  });

  it("but not when a newer control API says more", async () => {
    const fetch = async (request: Request) => {
      const reply = await world.fetch(request);
      const more = { ...((await reply.json()) as object), mood: "fine" };
      return new Response(JSON.stringify(more), { headers: { "Content-Type": "application/json" } });
    };
    expect(await novacron("regions show us-east-1", { fetch })).toMatchObject({
      exit: 0,
      out: expect.stringContaining("mood: fine"),
    });
  });

  it("when the token is another's", async () => {
    const { exit, err } = await novacron("status", { env: { NOVACRON_TOKEN: "another" } });
    expect(exit).toBe(1);
    expect(err).toMatch(/^A valid bearer token is needed \(401, request request-1\)\n {2}sign in: novacron login/);
  });
});

describe("exit 2 for what it does not understand", () => {
  it.each([
    "",
    "nothing",
    "weights nothing",
    "weights set",
    "weights set us-east-1",
    "weights set us-east-1=x",
    "weights set us-east-1=-1",
    "weights set us-east-1=1 us-east-1=2",
    "blacklist",
    "blacklist add",
    "blacklist add 203.0.113.9",
    "blacklist add 203.0.113.9 --reason r --ttl soon",
    "blacklist rm",
    "table apply",
    "table apply patch.yaml --if-epoch x",
    "table history --limit 501",
    "table rollback --to 1",
    "region health --colour",
    "status --watch never",
    "backends set us-east-1-a weight",
    "backends add",
    "completion tcsh",
  ])("novacron %s", async (line) => {
    const { exit, out, err } = await novacron(line);
    expect([exit, out]).toEqual([2, ""]);
    expect(err).not.toBe("");
  });
});
