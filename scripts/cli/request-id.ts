import { InvalidArgumentError } from "commander";

/** A request id in lower case, as they are given out. Whether it is one, the control plane says. */
export function parseRequestId(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Expected the X-Request-Id of a request.");
  return text.trim().toLowerCase();
}
