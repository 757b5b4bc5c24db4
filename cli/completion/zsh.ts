import type { OptionModel, Values, VerbModel } from "./model.js";

export const renderZshScript = (verbs: readonly VerbModel[]): string => `#compdef palisade
# Completion of palisade for zsh. In ~/.zshrc, after compinit: eval "$(palisade completion zsh)"
_palisade() {
  local -a verbs=(
${verbs.map(({ name, description }) => `    ${quote(`${name}:${description}`)}`).join("\n")}
  )
  if ((CURRENT == 2)); then
    _describe -t verbs verb verbs
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${verbs.map(renderVerbCase).join("\n")}
  help) _describe -t verbs verb verbs ;;
  esac
}
if [[ $funcstack[1] == _palisade ]]; then _palisade "$@"; else compdef _palisade palisade; fi
`;

function renderVerbCase({ name, options, arguments: taken }: VerbModel): string {
  const specs = [
    ...options.map(formatOptionSpec),
    ...taken.map((argument) => `${argument.isVariadic ? "*" : ""}:${escapeSpec(argument.name)}:${formatOffer(argument)}`),
  ];
  return `  ${name})\n    _arguments -s ${specs.map((spec) => `\\\n      ${quote(spec)}`).join(" ")}\n    ;;`;
}

/** A value may be given more than once, or behind an equals sign. */
function formatOptionSpec({ names, description, value }: OptionModel): string {
  const text = `[${escapeSpec(description)}]`;
  const [name = ""] = names.slice(-1);
  if (value === undefined) return `${name}${text}`;
  return `*${name}=${text}${value.isOptional ? "::" : ":"}${escapeSpec(value.name)}:${formatOffer(value)}`;
}

function formatOffer({ choices, path }: Values): string {
  if (path === "directory") return "_files -/";
  if (path === "file") return "_files";
  return choices.length > 0 ? `(${choices.join(" ")})` : " ";
}

/** What _arguments reads a meaning into, without it. */
const escapeSpec = (text: string): string => text.replace(/[\\[\]:]/g, "\\$&");
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
