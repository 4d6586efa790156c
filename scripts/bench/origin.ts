import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A backend that does as little as possible, so that the bench measures the edge. Announces its port to its parent. */
const body = Buffer.from(`${"All traffic is local. ".repeat(8)}\n`);

const server = createServer((_request, response) => {
  response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": body.length });
  response.end(body);
});
server.keepAliveTimeout = 75_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit(0));
