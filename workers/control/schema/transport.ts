import { z } from "zod";

/** How a session comes with its requests: as a bearer token, or in a cookie. */
export const transportSchema = z.enum(["bearer", "cookie"]).default("bearer");
