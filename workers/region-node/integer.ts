import { err, ok, type Result } from "../../src/base/result.ts";
import { problem, type Reply, type RoutedRequest } from "./reply.ts";

/** Reads a decimal integer of a path or a query; the error is the answer to give. */
export function readInteger(text: string, name: string, min: number, max: number): Result<number, Reply> {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return ok(value);
  return err(problem(400, "out-of-range", `${name}: expected an integer from ${min} to ${max}`));
}

/** The same for a query parameter that may be missing. */
export function readQueryInteger(
  query: RoutedRequest["query"],
  name: string,
  fallback: number,
  min: number,
  max: number,
): Result<number, Reply> {
  const text = query[name];
  if (text === undefined) return ok(fallback);
  return readInteger(typeof text === "string" ? text : "", name, min, max);
}
