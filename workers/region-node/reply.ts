/** What the node reads of a request; a `Request` is one, and so is a host's cheaper reading of a socket. */
export interface NodeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: {
    get(name: string): string | null;
    forEach(visit: (value: string, name: string) => void): void;
  };
  readonly body: AsyncIterable<Uint8Array> | null;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** A request as the router leaves it. */
export interface RoutedRequest extends NodeRequest {
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | string[] | undefined>>;
}

/** A response before any platform's class for it. Header names are in lower case. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

export function json(status: number, value: unknown): Reply {
  const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
  return { status, headers, body: JSON.stringify(value) };
}

/** An error as RFC 9457 has it. `slug` ends its stable type. */
export function problem(
  status: number,
  slug: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body = JSON.stringify({
    type: `urn:novacron:problem:node:${slug}`,
    title: slug.replaceAll("-", " "),
    status,
    detail,
  });
  return {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
    body,
  };
}

/** Lets GET and HEAD through to a handler; the host leaves the body of HEAD unsent. */
export function reading<T>(handle: (request: RoutedRequest) => T): (request: RoutedRequest) => T | Reply {
  return (request) =>
    request.method === "GET" || request.method === "HEAD" ? handle(request) : wrongMethod(request.method, "GET, HEAD");
}

export function wrongMethod(method: string, allowed: string): Reply {
  return problem(405, "wrong-method", `${method} is not one of ${allowed}`, { allow: allowed });
}

/** No `Response` can have status 101, so that a caller of `fetch` is told that it would have to upgrade. */
export function toResponse(reply: Reply, method: string): Response {
  if (reply.status === 101) {
    const refusal = problem(426, "upgrade-required", "this host speaks no WebSocket", { upgrade: "websocket" });
    return new Response(refusal.body, { status: 426, headers: { ...reply.headers, ...refusal.headers } });
  }
  if (method !== "HEAD") return new Response(reply.body, { status: reply.status, headers: reply.headers });
  if (reply.body instanceof ReadableStream) void reply.body.cancel();
  return new Response(null, { status: reply.status, headers: reply.headers });
}
