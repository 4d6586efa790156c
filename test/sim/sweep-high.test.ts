import { sweep } from "./sweep.ts";

sweep(151, 300);
