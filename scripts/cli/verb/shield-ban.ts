import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { declareAddressesAdd } from "./addresses-add.ts";

/** The same as `blacklist add`, where somebody looks for it. */
export const declareShieldBan = (group: Command, cli: Cli): void => declareAddressesAdd(group, cli, "blacklist", "ban");
