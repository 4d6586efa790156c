import { type Command, Help } from "commander";

/** Help whose usage line names what must be given, which commander has among the `[options]`. */
export const helpOfUsage = {
  commandUsage(command: Command): string {
    const usage = new Help().commandUsage(command);
    const required = command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags);
    if (required.length === 0) return usage;
    return [usage.replace(" [options]", ""), ...required, "[options]"].join(" ");
  },
};
