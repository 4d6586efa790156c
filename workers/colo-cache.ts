import type { ColoCache } from "./shared-replies.ts";

const CACHE_NAME = "novacron";
/** Keys of the Cache API are URLs; nobody can ever fetch one of these (RFC 2606, section 2). */
const KEY_ORIGIN = "https://table.novacron.invalid/";

/** The Cache API, which is the colo's own: its entries never leave it. */
export const coloCache: ColoCache = {
  async get(key) {
    const cache = await caches.open(CACHE_NAME);
    const response = await cache.match(KEY_ORIGIN + key);
    return response ? new Uint8Array(await response.arrayBuffer()) : null;
  },
  async put(key, bytes, maxAgeSeconds) {
    const cache = await caches.open(CACHE_NAME);
    const headers = { "Cache-Control": `max-age=${maxAgeSeconds}` };
    await cache.put(KEY_ORIGIN + key, new Response(bytes, { headers }));
  },
};
