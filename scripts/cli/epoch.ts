import { InvalidArgumentError } from "commander";

export function parseEpoch(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Expected an epoch, such as 17.");
  return Number(text);
}
