import type { OptionModel, Values, VerbModel } from "./model.js";

export const zshScript = (verbs: readonly VerbModel[]): string => `#compdef palisade
# Completion of palisade for zsh. In ~/.zshrc, after compinit: eval "$(palisade completion zsh)"
_palisade() {
  local -a verbs=(
${verbs.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`).join("\n")}
  )
  if ((CURRENT == 2)); then
    _describe -t verbs verb verbs
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${verbs.map(verbCase).join("\n")}
  help) _describe -t verbs verb verbs ;;
  esac
}
if [[ $funcstack[1] == _palisade ]]; then _palisade "$@"; else compdef _palisade palisade; fi
`;

function verbCase({ name, options, arguments: taken }: VerbModel): string {
  const specs = [
    ...options.map(optionSpec),
    ...taken.map((argument) => `${argument.isVariadic ? "*" : ""}:${plain(argument.name)}:${offer(argument)}`),
  ];
  return `  ${name})\n    _arguments -s ${specs.map((spec) => `\\\n      ${quoted(spec)}`).join(" ")}\n    ;;`;
}

/** A value may be given more than once, or behind an equals sign. */
function optionSpec({ names, description, value }: OptionModel): string {
  const text = `[${plain(description)}]`;
  const [name = ""] = names.slice(-1);
  if (value === undefined) return `${name}${text}`;
  return `*${name}=${text}${value.isOptional ? "::" : ":"}${plain(value.name)}:${offer(value)}`;
}

function offer({ choices, path }: Values): string {
  if (path === "directory") return "_files -/";
  if (path === "file") return "_files";
  return choices.length > 0 ? `(${choices.join(" ")})` : " ";
}

/** What _arguments reads a meaning into, without it. */
const plain = (text: string): string => text.replace(/[\\[\]:]/g, "\\$&");
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
