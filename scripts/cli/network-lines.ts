/** An allowlist of the control plane; an empty one lets everybody in. */
export const listNetworks = (networks: readonly string[]): string =>
  networks.length === 0 ? "from anywhere" : networks.join("\n");
