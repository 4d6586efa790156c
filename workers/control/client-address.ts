import { type Ip, parseIp } from "../../src/base/ip.ts";

const loopback: Ip = { family: 4, text: "127.0.0.1", word: 0x7f000001 };

/** Where a request to the control plane comes from. The platform sets the header; the local world has none. */
export const clientAddress = (headers: Headers): Ip => parseIp(headers.get("CF-Connecting-IP") ?? "") ?? loopback;
