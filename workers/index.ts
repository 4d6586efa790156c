import type { Env } from "./env.ts";
import type { Plane } from "./plane.ts";

export * from "./objects.ts";

import { control } from "./control/main.ts";
import { dns } from "./dns/main.ts";
import { edge } from "./edge/main.ts";

// Named entrypoints, so that a socket of the local world can serve one plane alone.
export { control, dns, edge };

/** One script is deployed: the exact host picks the plane, and everything else is traffic. */
export default {
  fetch(request, env, context) {
    return planeFor(new URL(request.url).hostname, env).fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;

function planeFor(host: string, { CONTROL_HOST, DNS_HOST }: Env): Plane {
  switch (host) {
    case CONTROL_HOST:
      return control;
    case DNS_HOST:
      return dns;
    default:
      return edge;
  }
}
