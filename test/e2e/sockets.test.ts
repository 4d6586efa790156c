import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld, type World } from "./world/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ regions: ["us-east-1"] });
});
afterAll(() => world?.stop());

/** What a client can make of the bytes of a request that no HTTP library would send. */
interface Bytes {
  readonly method?: string;
  readonly path?: string;
  /** Instead of `Host: control.test`. */
  readonly host?: string;
  /** Header fields as they stand on the wire, each with its end. */
  readonly fields?: string;
  readonly body?: readonly string[];
  /** Goes away when all is sent, and does not wait for an answer. */
  readonly hangsUp?: true;
}

const JSON_TYPE = "Content-Type: application/json\r\n";
const TEN_MEGABYTES = new Array<string>(160).fill("x".repeat(62_500));

/** The other end may close before it has taken everything, and its answer be lost with that. */
const MAX_TRIES = 5;

async function exchange(bytes: Bytes) {
  for (let tries = 1; ; tries++) {
    const said = await send(bytes);
    const [, status = ""] = /^HTTP\/1\.1 (\d{3}) /.exec(said) ?? [];
    if (status !== "" || bytes.hangsUp || tries === MAX_TRIES)
      return { status: Number(status), said, answers: said.match(/^HTTP\/1\.1 /gm)?.length ?? 0 };
  }
}

/** Sends it piece by piece, each when the one before has left, and gives all that comes back until the socket closes. */
async function send({ method = "GET", path = "/api/v1/weights", host, fields = "", body = [], hangsUp }: Bytes) {
  const socket = connect(Number(new URL(world.control).port), "127.0.0.1");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  let said = "";
  socket.setEncoding("utf8");
  socket.on("data", (text) => {
    said += text;
  });
  socket.on("error", () => undefined);
  const head = `${method} ${path} HTTP/1.1\r\n${host ?? "Host: control.test\r\n"}Authorization: Bearer ${world.token}\r\nConnection: close\r\n${fields}\r\n`;
  for (const piece of [head, ...body])
    if (socket.writable && said === "") await new Promise<void>((sent) => socket.write(piece, () => sent()));
  if (hangsUp) socket.destroy();
  await closed;
  return said;
}

const put = (bytes: Omit<Bytes, "method">): Bytes => ({ method: "PUT", ...bytes });
const length = (bytes: number) => `${JSON_TYPE}Content-Length: ${bytes}\r\n`;
const chunked = `${JSON_TYPE}Transfer-Encoding: chunked\r\n`;

it.each<[string, Bytes, number]>([
  ["a header field that is one", { fields: "X-A: b\r\n" }, 200],
  ["a bare carriage return in a field", { fields: "X-A: b\rSet-Cookie: c=d\r\n" }, 400],
  ["a zero byte in a field", { fields: "X-A: b\0\r\n" }, 400],
  ["a field that goes on in the next line", { fields: "X-A: b\r\n c\r\n" }, 400],
  ["a space before a colon", { fields: "X-A : b\r\n" }, 400],
  ["fields of 2 MB", { fields: `X-A: ${"b".repeat(2_000_000)}\r\n` }, 431],
  ["no Host", { host: "" }, 400],
  ["two Hosts", { host: "Host: control.test\r\nHost: other.test\r\n" }, 400],
  ["a Host that is none", { host: "Host: a b\r\n" }, 400],
  ["ends of lines in the path", { path: "/api/v1/blacklist/x%0d%0aSet-Cookie:%20a=b" }, 422],
  ["a path upwards", { path: "/api/v1/../../secrets.json" }, 404],
  ["bytes that are no text in the path", { path: "/api/v1/regions/%ff" }, 404],
  ["two lengths", put({ fields: `${length(2)}Content-Length: 3\r\n`, body: ["{}"] }), 400],
  ["a length below zero", put({ fields: length(-2), body: ["{}"] }), 400],
  ["a chunk without a size", put({ fields: chunked, body: ["zz\r\n{}\r\n0\r\n\r\n"] }), 400],
  ["10 MB", put({ fields: length(10_000_000), body: TEN_MEGABYTES }), 413],
  ["10 MB that are promised and not sent", put({ fields: length(10_000_000) }), 413],
  ["10 MB in one chunk", put({ fields: chunked, body: ["989680\r\n", ...TEN_MEGABYTES] }), 413],
  ["10 MB for what takes no body", { fields: length(10_000_000), body: TEN_MEGABYTES }, 200],
])("answers in good order to %s", async (_name, bytes, status) => {
  // Not the epoch, which verdicts move as well.
  const newest = async () => (await world.api("GET", "/table/history?limit=1")).body;
  const before = await newest();
  const reply = await exchange(bytes);
  expect([reply.status, reply.answers]).toEqual([status, 1]);
  expect(reply.said).not.toMatch(/^Set-Cookie/im);
  expect(reply.said).not.toMatch(/node_modules|\.[jt]s:\d/);
  expect(await newest()).toEqual(before);
});

it("takes no second request out of a body with two lengths", async () => {
  const smuggled = "GET /api/v1/smuggled HTTP/1.1\r\nHost: control.test\r\n\r\n";
  const fields = `${length(4)}Transfer-Encoding: chunked\r\n`;
  const reply = await exchange(put({ fields, body: [`2\r\n{}\r\n0\r\n\r\n${smuggled}`] }));
  expect(reply.answers).toBe(1);
  expect(reply.said).not.toContain("no-such-route");
});

it("takes a body that comes a byte at a time", async () => {
  const text = JSON.stringify({ "us-east-1": 41 });
  const reply = await exchange(put({ fields: length(text.length), body: [...text] }));
  expect(reply.status).toBe(200);
  expect(await world.api("GET", "/weights")).toMatchObject({ body: { "us-east-1": 41 } });
});

it("changes nothing by a body that breaks off, however good it would have been", async () => {
  const text = JSON.stringify({ "us-east-1": 40 });
  await exchange(put({ fields: length(text.length + 1), body: [text], hangsUp: true }));
  await exchange(put({ fields: chunked, body: [`${text.length.toString(16)}\r\n${text}\r\n`], hangsUp: true }));
  expect(await world.api("GET", "/weights")).toMatchObject({ body: { "us-east-1": 41 } });
});

it("alarms nobody by any of it", () => {
  const logs = join(world.stateDir, "workerd/logs");
  const logged = readdirSync(logs).map((file) => readFileSync(join(logs, file), "utf8"));
  expect(logged.join("")).not.toContain('"plane":"control"');
});
