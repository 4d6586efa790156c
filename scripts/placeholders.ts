/** What stands in a wrangler.toml for what only an account has, each with how to come by it. */
export function placeholdersIn(config: string): string[] {
  const lines = config.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  const values = lines.flatMap((line) => [...line.matchAll(/(\w+)\s*=\s*"([^"]*)"/g)]);
  return values.flatMap(([, name, value = ""]) => {
    const given = `${name} = "${value}"`;
    if (name === "database_id" && /^[0-]+1$/.test(value))
      return [`${given} is no database: npx wrangler d1 create novacron-global says the id of yours`];
    if (/\.example(?:\/.*)?$/.test(value))
      return [`${given} is no host: name one of a zone that you have on Cloudflare`];
    return [];
  });
}
