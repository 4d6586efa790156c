import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

const MAX_LOG_BYTES = 16_777_216;

/** Appends lines to `workerd.log` in a directory; when it is full it becomes `workerd.log.1`, and that one goes. */
export function openLog(directory: string): (line: string) => void {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "workerd.log");
  let size = sizeOf(file);
  return (line) => {
    if (size > MAX_LOG_BYTES) {
      renameSync(file, `${file}.1`);
      size = 0;
    }
    appendFileSync(file, `${line}\n`);
    size += Buffer.byteLength(line) + 1;
  };
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
