import type { Env } from "./env.ts";

export * from "./objects.ts";

import { control } from "./control/main.ts";
import { edge } from "./edge/main.ts";

// Named entrypoints, so that a socket of the local world can serve one plane alone.
export { control, edge };

/** One script is deployed: the exact host picks the plane, and everything else is traffic. */
export default {
  fetch(request, env, context) {
    const plane = new URL(request.url).hostname === env.CONTROL_HOST ? control : edge;
    return plane.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;
