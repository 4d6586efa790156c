import { PacedLoad } from "./paced-load.ts";
import type { PlaceName, World } from "./world.ts";

export const GOOD_CLIENTS = 50;

const browser = { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };

/** Fifty clients beside two regions, each with a request a second, over all isolates of the edge. */
export const goodClients = (world: World) =>
  new PacedLoad(world, GOOD_CLIENTS, (number) => {
    const client = number % GOOD_CLIENTS;
    const place: PlaceName = client % 2 === 0 ? "us-east-1" : "eu-central-1";
    const isolate = number % world.edges.length;
    return { ip: `198.51.100.${1 + client}`, place, isolate, path: `/echo?page=${client % 5}`, headers: browser };
  });
