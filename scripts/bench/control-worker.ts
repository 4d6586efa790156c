import { createControlApp } from "../../workers/control/app.ts";
import { controlDeps } from "../../workers/control/main.ts";
import type { Env } from "../../workers/env.ts";

export * from "../../workers/objects.ts";

type App = ReturnType<typeof createControlApp>;

const unlimited = { burst: Number.MAX_SAFE_INTEGER, perSecond: 1 };
let app: App | null = null;

/** The deployed control plane, but that it may be asked as often as the bench likes. */
export const control = {
  fetch: (request, env, context) => {
    app ??= createControlApp({ ...controlDeps(env), rates: { strangers: unlimited, principals: unlimited } });
    return app.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;

/** The baseline: nobody is asked who they are, and nothing is done. */
export const noop = { fetch: () => new Response("{}") } satisfies ExportedHandler<Env>;

// The bundler takes a file without a default export for an old service worker.
export default { fetch: () => new Response(null, { status: 404 }) };
