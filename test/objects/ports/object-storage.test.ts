import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describeObjectStorage } from "../../ports/object-storage.ts";

// An observer has no tables of its own.
describeObjectStorage((work) =>
  runInDurableObject(env.COLO_OBSERVER.getByName("SUITE"), (_, { storage }) => work(storage)),
);
