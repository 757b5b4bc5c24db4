import type { OptionModel, Values, VerbModel } from "./model.js";

/** For bash 3.2 (macOS) and newer. */
export const renderBashScript = (
  verbs: readonly VerbModel[],
): string => `# Completion of palisade for bash. In ~/.bashrc: eval "$(palisade completion bash)"
_palisade() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}" words="" IFS=$' \\t\\n'
  COMPREPLY=()
  # Bash takes --option=value for three words.
  if [[ $word == "=" ]]; then word=""
  elif [[ $before == "=" ]]; then before="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if ((COMP_CWORD == 1)); then
    words="${[...verbs.map(({ name }) => name), "help", "--help", "--version"].join(" ")}"
  else
    case "$verb $before" in
${verbs.flatMap((verb) => verb.options.flatMap((option) => renderValueCase(verb, option))).join("\n")}
    *)
      case "$verb" in
${verbs.map(renderVerbCase).join("\n")}
      help) words="${verbs.map(({ name }) => name).join(" ")}" ;;
      esac
      ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  # Nothing else is looked for: files are no values of these.
  compopt +o default +o bashdefault 2>/dev/null
}
_palisade_files() {
  # Readline's own completion of files, which is the default, quotes what must be quoted.
  COMPREPLY=()
}
_palisade_directories() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -d -- "$1"))
  compopt -o filenames 2>/dev/null
}
complete -o bashdefault -o default -F _palisade palisade
`;

/** What follows an option that takes a value. */
function renderValueCase({ name }: VerbModel, { names, value }: OptionModel): string[] {
  if (value === undefined) return [];
  return [`    ${names.map((option) => `"${name} ${option}"`).join(" | ")}) ${renderOffer(value)} ;;`];
}

/** Options behind a dash; else what the arguments may be. */
function renderVerbCase({ name, options, arguments: taken }: VerbModel): string {
  const flags = options.flatMap(({ names }) => names).join(" ");
  const choices = taken.flatMap((argument) => argument.choices);
  const takesPath = taken.some(({ path }) => path !== undefined);
  const other = takesPath ? `[[ $word == -* ]] || { _palisade_files; return; }; ` : "";
  return `      ${name}) ${other}words="${[...choices, flags].join(" ")}" ;;`;
}

function renderOffer({ choices, path }: Values): string {
  if (path === "directory") return `_palisade_directories "$word"; return`;
  if (path === "file") return `_palisade_files; return`;
  return `words="${choices.join(" ")}"`;
}
