import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type RunningBridge, runBridge } from "../../../../scripts/dns-bridge/run-bridge.ts";
import { TCP_LIMITS, type TcpLimits } from "../../../../scripts/dns-bridge/tcp.ts";
import type { Upstream } from "../../../../scripts/dns-bridge/upstream.ts";
import { FakeWorker } from "./fake-worker.ts";
import { A, fromBytes, type Message, toBytes } from "./messages.ts";

const HOST = "127.0.0.1";
let running: RunningBridge | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await running?.close();
});

async function start(ask: Upstream = new FakeWorker().ask, tcp: TcpLimits = TCP_LIMITS): Promise<number> {
  running = await runBridge(
    { ask, cookieSecrets: [new Uint8Array(16)], now: () => performance.now(), unixSeconds: () => 0 },
    { host: HOST, port: 0, tcp },
  );
  return running.port;
}

const query = (id: number, name: string) => toBytes({ id, questions: [{ name, type: A }] });

const framed = (...messages: Uint8Array[]) =>
  Buffer.concat(messages.flatMap((message) => [Buffer.from([message.length >>> 8, message.length & 0xff]), message]));

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: HOST, port, allowHalfOpen: true });
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Resolves with so many answers, or with those there are when the connection is closed. */
function answersOn(socket: Socket, count: number): Promise<Message[]> {
  const answers: Message[] = [];
  let bytes = Buffer.alloc(0);
  return new Promise((resolve) => {
    socket.on("data", (piece) => {
      bytes = Buffer.concat([bytes, piece]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
        const end = 2 + bytes.readUInt16BE(0);
        answers.push(fromBytes(bytes.subarray(2, end)));
        bytes = bytes.subarray(end);
      }
      if (answers.length >= count) resolve(answers);
    });
    socket.once("close", () => resolve(answers));
    socket.once("end", () => resolve(answers));
  });
}

describe("over UDP", () => {
  it("answers whoever asked", async () => {
    const port = await start();
    const socket = createSocket("udp4");
    const received = once(socket, "message");
    socket.send(Uint8Array.of(1), port, HOST);
    socket.send(query(77, "plain.novacron.io"), port, HOST);
    const [bytes] = await received;
    expect(fromBytes(bytes)).toMatchObject({ id: 77, answers: [{ data: [192, 0, 2, 1] }] });
    socket.close();
  });
});

describe("over TCP", () => {
  it("answers many queries of one connection, each when its answer is there", async () => {
    const worker = new FakeWorker();
    const slow = Promise.withResolvers<void>();
    const port = await start(async (bytes) => {
      const isSlow = fromBytes(bytes).questions[0]?.name === "geo.novacron.io";
      if (isSlow) await slow.promise;
      return worker.ask(bytes);
    });
    const socket = await open(port);
    socket.write(framed(query(1, "geo.novacron.io"), query(2, "plain.novacron.io")));
    const [first] = await answersOn(socket, 1);
    slow.resolve();
    const [second] = await answersOn(socket, 1);
    expect([first?.id, second?.id]).toEqual([2, 1]);
  });

  it("takes queries in whatever pieces they come", async () => {
    const socket = await open(await start());
    const answers = answersOn(socket, 2);
    for (const byte of framed(query(1, "plain.novacron.io"), query(2, "many.novacron.io"))) {
      await new Promise((resolve) => socket.write(Uint8Array.of(byte), resolve));
    }
    expect((await answers).map(({ id, answers: { length } }) => [id, length])).toEqual([
      [1, 1],
      [2, 200],
    ]);
  });

  it("answers a client that has closed its half, and then closes its own", async () => {
    const worker = new FakeWorker();
    const seen = Promise.withResolvers<void>();
    const port = await start(async (bytes) => {
      if (fromBytes(bytes).questions[0]?.name !== "plain.novacron.io") await seen.promise;
      return worker.ask(bytes);
    });
    const socket = await open(port);
    const answers = answersOn(socket, 200);
    socket.end(framed(...Array.from({ length: 200 }, (_, i) => query(i, `x${i}.novacron.io`))));
    await once(socket, "finish");
    // Whoever answers this has seen that the other has closed.
    const other = await open(port);
    other.write(framed(query(1, "plain.novacron.io")));
    await answersOn(other, 1);
    const closed = once(socket, "end");
    seen.resolve();
    expect(new Set((await answers).map(({ id }) => id)).size).toBe(200);
    await closed;
  });

  it.each([
    ["announces a query longer than any", Uint8Array.of(0xff, 0xff, 0)],
    ["sends a bit of a query and no more", Uint8Array.of(0, 30, 1)],
    ["sends nothing", Uint8Array.of()],
  ])("closes on a client that %s", async (_name, bytes) => {
    const socket = await open(await start(undefined, { ...TCP_LIMITS, idleTimeoutMs: 50 }));
    const closed = once(socket, "close");
    socket.write(bytes);
    socket.resume();
    socket.once("end", () => socket.end());
    await closed;
  });

  it("takes so many connections of one network and no more", async () => {
    const port = await start(undefined, { ...TCP_LIMITS, connectionsOfNetwork: 2 });
    const [first, second, third] = [await open(port), await open(port), await open(port)];
    third.resume();
    await once(third, "end");
    first.destroy();
    second.write(framed(query(1, "plain.novacron.io")));
    expect(await answersOn(second, 1)).toHaveLength(1);
  });
});
