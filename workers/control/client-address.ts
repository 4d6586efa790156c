import { parseIp } from "../../src/base/ip.ts";

/** The client's address as the platform tells it; locally, where it may not, the machine's own. */
export function clientAddress(request: Request): string {
  return parseIp(request.headers.get("CF-Connecting-IP") ?? "")?.text ?? "127.0.0.1";
}
