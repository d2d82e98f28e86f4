// Package completion writes scripts by which bash and zsh complete the commands and flags of a program of ours. It knows no
// program: the flags are asked of the program itself, each time, so that no list of them can be out of date.
package completion

import (
	"fmt"
	"slices"
	"strings"
)

// Shells lists the shells for which there are scripts.
func Shells() []string { return []string{"bash", "zsh"} }

// Script is what a shell must read to complete a program's commands, and the flags that "PROGRAM COMMAND -h" lists, each on a
// line of its own that begins with two spaces. The error is for a shell that is not among Shells.
func Script(shell, program string, commands []string) (string, error) {
	template, ok := map[string]string{"bash": bash, "zsh": zsh}[shell]
	if !ok {
		return "", fmt.Errorf("there is no completion for %q: there is one for %s", shell, strings.Join(Shells(), " and "))
	}
	sorted := slices.Sorted(slices.Values(commands))
	return strings.NewReplacer("PROGRAM", program, "COMMANDS", strings.Join(sorted, " ")).Replace(template), nil
}

const bash = `# bash completion of PROGRAM: source <(PROGRAM completion bash)
_PROGRAM() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	COMPREPLY=()
	if [[ $COMP_CWORD -eq 1 ]]; then
		COMPREPLY=($(compgen -W "COMMANDS" -- "$cur"))
	elif [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "${COMP_WORDS[1]}" -h 2>/dev/null | sed -n 's/^  \(-[a-z0-9-]*\).*/\1/p')" -- "$cur"))
	fi
}
complete -o default -F _PROGRAM PROGRAM
`

const zsh = `#compdef PROGRAM
# zsh completion of PROGRAM: source <(PROGRAM completion zsh)
_PROGRAM() {
	if (( CURRENT == 2 )); then
		compadd -- COMMANDS
	elif [[ ${words[CURRENT]} == -* ]]; then
		compadd -- ${(f)"$("${words[1]}" "${words[2]}" -h 2>/dev/null | sed -n 's/^  \(-[a-z0-9-]*\).*/\1/p')"}
	else
		_files
	fi
}
compdef _PROGRAM PROGRAM
`
