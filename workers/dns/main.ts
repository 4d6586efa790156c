import { plane } from "../plane.ts";
import { createDnsApp } from "./app.ts";
import { dnsDeps } from "./deps.ts";

export const dns = plane((env) => createDnsApp(dnsDeps(env)));
