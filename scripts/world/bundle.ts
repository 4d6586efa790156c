import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type ModuleType = "ESModule" | "Data" | "Text" | "CompiledWasm";

export interface BundledModule {
  readonly type: ModuleType;
  readonly path: string;
}

const MAX_OUTPUT_CHARACTERS = 4000;

/** Bundles a Worker exactly as a deployment would; the entry comes first. */
export async function bundleWorker(configPath: string, outDir: string): Promise<readonly BundledModule[]> {
  rmSync(outDir, { recursive: true, force: true });
  await run([wranglerBin(), "deploy", "--dry-run", "--config", configPath, "--outdir", outDir], dirname(configPath));
  const files = readdirSync(outDir, { recursive: true, encoding: "utf8" });
  const modules = files.flatMap((file) => {
    const type = moduleType(file);
    return type ? [{ type, path: join(outDir, file) }] : [];
  });
  return modules.sort((a, b) => Number(b.path.endsWith("/index.js")) - Number(a.path.endsWith("/index.js")));
}

/** The rules of Cloudflare's bundler, with every other file as data. */
function moduleType(file: string): ModuleType | undefined {
  switch (extname(file)) {
    case "":
    case ".map":
    case ".md":
      return undefined;
    case ".js":
    case ".mjs":
      return "ESModule";
    case ".txt":
    case ".html":
    case ".sql":
      return "Text";
    case ".wasm":
      return "CompiledWasm";
    default:
      return "Data";
  }
}

const wranglerBin = () => fileURLToPath(new URL("bin/wrangler.js", import.meta.resolve("wrangler/package.json")));

async function run(args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-MAX_OUTPUT_CHARACTERS);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the Worker cannot be bundled:\n${output.trim()}`);
}
