/**
 * What stands in for the module `cloudflare:sockets` outside workerd. A connection opens when whoever is at the address
 * answers over the simulated network, and carries nothing.
 */
export function connect({ hostname, port }: { readonly hostname: string; readonly port: number }) {
  return {
    opened: fetch(`http://${hostname}:${port}/`).then(async (response) => void (await response.body?.cancel())),
    closed: Promise.resolve(),
    close: async () => undefined,
  };
}
