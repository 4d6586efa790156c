import { it } from "vitest";
import { createWorld } from "./world.ts";
it("x", async () => {
  const w = await createWorld();
  for (const [n,t,s] of [["api.novacron.io","A","198.51.100.0/24"],["api.novacron.io","AAAA","192.0.2.7"],["API.novacron.io","A","203.0.113.1"],["novacron.io","NS"],["novacron.io","SOA"],["x.novacron.io","A"],["api.novacron.io","TXT"],["example.com","A"]] as const)
    console.log(n,t,s, JSON.stringify(await w.resolve(n,t,s)));
});
