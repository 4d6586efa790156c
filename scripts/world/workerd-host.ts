import { setWatchdog } from "./watchdog.ts";
import { type Announcement, type WorkerdOptions, workerdOptionsSchema } from "./workerd.ts";

/**
 * `node workerd-host.ts '<WorkerdOptions as JSON>'`, as a child of `startWorkerd`: leads the group in which the
 * bundler and workerd run, and ends with its parent.
 */
