import { registerHooks } from "node:module";

/** Modules of the platform that files beside this one stand in for, in all that is loaded after this. */
const STAND_INS = new Set(["cloudflare:workers", "cloudflare:sockets"]);

registerHooks({
  resolve: (specifier, context, next) =>
    next(
      STAND_INS.has(specifier) ? new URL(`./${specifier.replace(":", "-")}.ts`, import.meta.url).href : specifier,
      context,
    ),
});
