import type { NodeRequest } from "./reply.ts";

/** Whether a request came by a proxy, such as the edge, which must carry neither drills nor orders to measure. */
export function isProxied(request: NodeRequest): boolean {
  return ["forwarded", "x-forwarded-for", "x-novacron-colo"].some((name) => request.headers.get(name) !== null);
}
