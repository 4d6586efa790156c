import { type ParseArgsConfig, parseArgs } from "node:util";

/** What a script was called with. For --help it prints its usage and ends with 0; what it does not know ends it with 2. */
export function readArguments<const T extends ParseArgsConfig>(
  usage: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    const [problem = ""] = (error as Error).message.split(". To specify a positional");
    return refuseArguments(usage, problem);
  }
}

export function refuseArguments(usage: string, problem: string): never {
  console.error(`error: ${problem}\n${usage}`);
  // Beside the types of Workers it has none.
  return process.exit(2) as never;
}
