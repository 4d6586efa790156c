import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { isUnchanged, recordInputs } from "./bundle-inputs.ts";

export interface BundledModule {
  readonly type: "ESModule" | "Data" | "Text" | "CompiledWasm";
  /** Absolute. */
  readonly path: string;
}

const MAX_OUTPUT_CHARACTERS = 4000;

/** Bundles a Worker exactly as a deployment would, unless `outDir` has that bundle already. The script comes first. */
export async function bundleWorker(configPath: string, outDir: string): Promise<readonly BundledModule[]> {
  if (!isUnchanged(configPath, outDir)) {
    const begunAt = Date.now();
    rmSync(outDir, { recursive: true, force: true });
    await runWrangler(["deploy", "--dry-run", "--metafile", "--config", configPath, "--outdir", outDir], configPath);
    recordInputs(configPath, outDir, readMetafile(join(outDir, "bundle-meta.json")), begunAt);
  }
  const modules = readdirSync(outDir, { recursive: true, encoding: "utf8" }).flatMap((file) => {
    const type = moduleType(file);
    return type ? [{ type, path: join(outDir, file) }] : [];
  });
  // The bundler makes one script of all code.
  return modules.sort((a, b) => Number(b.type === "ESModule") - Number(a.type === "ESModule"));
}

/** The rules of Cloudflare's bundler, with every other file as data. */
function moduleType(file: string): BundledModule["type"] | undefined {
  switch (extname(file)) {
    case "":
    case ".json":
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

const metafileSchema = z.object({ inputs: z.record(z.string(), z.unknown()) });

/** The files that went into a bundle, relative to the configuration. What has a scheme is the bundler's own. */
function readMetafile(file: string): readonly string[] {
  const { inputs } = metafileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return Object.keys(inputs).filter((name) => !/^[^/]*:/.test(name));
}

async function runWrangler(args: readonly string[], configPath: string): Promise<void> {
  const wrangler = fileURLToPath(new URL("bin/wrangler.js", import.meta.resolve("wrangler/package.json")));
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const child = spawn(process.execPath, [wrangler, ...args], { cwd: dirname(configPath), stdio: [...stdio] });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-MAX_OUTPUT_CHARACTERS);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the Worker cannot be bundled:\n${output.trim()}`);
}
