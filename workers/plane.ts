import { type Env, misconfiguration } from "./env.ts";
import { problem } from "./problem.ts";

export interface Plane {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response>;
}

/** A plane of the Worker. Its app is made once and lives as long as the isolate, with all that it remembers. */
export function plane(create: (env: Env) => Plane): Plane {
  let app: Plane | null = null;
  return {
    fetch(request, env, context) {
      if (app === null) {
        const wrong = misconfiguration(env);
        if (wrong !== null) {
          console.error(`misconfigured: ${wrong}`);
          return problem({ status: 500, type: "/problems/misconfigured", title: "Misconfigured" });
        }
        app = create(env);
      }
      return app.fetch(request, env, context);
    },
  };
}
