import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ApiError, CloudflareZone, type FakeRecord, Refused } from "./cloudflare-zone.ts";

export interface FakeLimits {
  /** Calls in a window; the API's are 1,200 in 300 s. */
  readonly calls: number;
  readonly windowSeconds: number;
}

const LIMITS: FakeLimits = { calls: 1200, windowSeconds: 300 };

/**
 * The part of Cloudflare's API that keeps DNS records, as its reference documents it: listing with pages and filters,
 * creating, overwriting, removing, batches that are carried out whole or not at all, its errors and its rate limit.
 */
export class FakeCloudflare {
  readonly zone: CloudflareZone;
  /** Method and path of each call that was let in. */
  readonly calls: string[] = [];
  /** Milliseconds; the window of the rate limit begins with the first call in it. */
  now = 0;
  /** Calls that end in an error of the server before the next is served. */
  failures = 0;
  readonly #token: string;
  readonly #limits: FakeLimits;
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));
  #windowAt = Number.NEGATIVE_INFINITY;
  #inWindow = 0;

  constructor(zone: { readonly id: string; readonly name: string }, token: string, limits: Partial<FakeLimits> = {}) {
    this.zone = new CloudflareZone(zone);
    this.#token = token;
    this.#limits = { ...LIMITS, ...limits };
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen({ host: "127.0.0.1", port: 0 }, resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/client/v4`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** As somebody makes a record in the dashboard. */
  add(record: Partial<FakeRecord> & Pick<FakeRecord, "name" | "type">): FakeRecord {
    return this.zone.create({ ttl: 300, comment: null, ...record });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
    const refuse = (status: number, error: ApiError, headers = {}) =>
      send(status, { success: false, errors: [error], messages: [], result: null }, headers);
    const waitSeconds = this.#admit();
    if (waitSeconds > 0) {
      const message = `More than ${this.#limits.calls} requests per ${this.#limits.windowSeconds} seconds reached. Please wait and consider throttling your request speed`;
      return void refuse(429, { code: 971, message }, { "Retry-After": String(waitSeconds) });
    }
    const url = new URL(request.url ?? "/", "http://api");
    this.calls.push(`${request.method} ${url.pathname.replace("/client/v4", "")}`);
    if (this.failures > 0) {
      this.failures -= 1;
      return void response.writeHead(502, { "Content-Type": "text/html" }).end("<html>bad gateway</html>");
    }
    try {
      if (request.headers.authorization !== `Bearer ${this.#token}`)
        throw new Refused(403, 9109, "Invalid access token");
      const text = Buffer.concat(pieces).toString();
      const { result, info } = this.#answer(request.method ?? "GET", url, text === "" ? null : JSON.parse(text));
      send(200, { success: true, errors: [], messages: [], result, ...(info ? { result_info: info } : {}) });
    } catch (error) {
      if (error instanceof Refused) refuse(error.status, error.error);
      else refuse(400, { code: 9207, message: "Failed to parse request body" });
    }
  }

  /** Seconds until more is let in; 0 lets in. */
  #admit(): number {
    const windowMs = this.#limits.windowSeconds * 1000;
    if (this.now - this.#windowAt >= windowMs) {
      this.#windowAt = this.now;
      this.#inWindow = 0;
    }
    this.#inWindow += 1;
    if (this.#inWindow <= this.#limits.calls) return 0;
    return Math.max(1, Math.ceil((this.#windowAt + windowMs - this.now) / 1000));
  }

  #answer(method: string, { pathname, searchParams }: URL, body: unknown): { result: unknown; info?: unknown } {
    const path = pathname.replace("/client/v4", "");
    if (method === "GET" && path === "/zones") {
      const name = searchParams.get("name");
      const zones = name === null || name === this.zone.name ? [{ id: this.zone.id, name: this.zone.name }] : [];
      return { result: zones, info: { page: 1, per_page: 20, count: zones.length, total_count: zones.length } };
    }
    const [, zone, id] = /^\/zones\/([^/]+)\/dns_records(?:\/([^/]+))?$/.exec(path) ?? [];
    if (zone === undefined) throw new Refused(404, 7000, "No route for that URI");
    if (zone !== this.zone.id)
      throw new Refused(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`);
    if (id === undefined) {
      if (method === "GET") return this.zone.list(searchParams);
      if (method === "POST") return { result: this.zone.create(body) };
    } else if (id === "batch" && method === "POST") return { result: this.zone.batch(body) };
    else if (method === "PUT") return { result: this.zone.put(id, body) };
    else if (method === "DELETE") return { result: this.zone.remove(id) };
    throw new Refused(405, 10405, "Method not allowed for this authentication scheme");
  }
}
