import type { Command } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** Words that may follow a group or verb: its path from the program on, such as `weights set`. */
interface Words {
  readonly path: string;
  readonly words: readonly string[];
}

/** A script that completes groups, verbs and options for a shell. */
export function completionFor(shell: Shell, program: Command): string {
  const all = wordsOf(program, []);
  switch (shell) {
    case "bash":
      return bash(program.name(), all);
    case "zsh":
      return `autoload -Uz bashcompinit && bashcompinit\n${bash(program.name(), all)}`;
    case "fish":
      return fish(program.name(), all);
  }
}

function wordsOf(command: Command, path: readonly string[]): readonly Words[] {
  const own = command.options.flatMap(({ long }) => (long ? [long] : []));
  const words = [...command.commands.map((each) => each.name()), ...own, "--help"];
  const below = command.commands.flatMap((each) => wordsOf(each, [...path, each.name()]));
  return [{ path: path.join(" "), words: [...new Set(words)] }, ...below];
}

/** Takes the words before the cursor that are no options as the path; arguments of a verb are passed over. */
function bash(name: string, all: readonly Words[]): string {
  return `_${name}() {
  local cursor=\${COMP_WORDS[COMP_CWORD]} path="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || path="\${path:+$path }$word"
  done
  case $path in
${[...all]
  .reverse()
  .map(({ path, words }) => `    ${path === "" ? '""' : `"${path}" | "${path} "*`}) words="${words.join(" ")}" ;;`)
  .join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cursor"))
}
complete -o default -F _${name} ${name}`;
}

function fish(name: string, all: readonly Words[]): string {
  const lines = all.map(({ path, words }) => {
    const asked = path === "" ? "__fish_use_subcommand" : `string match -q -- '${name} ${path} *' (commandline -cp)`;
    return `complete -c ${name} -n ${JSON.stringify(asked)} -a "${words.join(" ")}"`;
  });
  return [`complete -c ${name} -f`, ...lines].join("\n");
}
