import { plane } from "../plane.ts";
import { createEdgeApp } from "./app.ts";
import { edgeDeps } from "./deps.ts";

export const edge = plane((env) => createEdgeApp(edgeDeps(env)));
