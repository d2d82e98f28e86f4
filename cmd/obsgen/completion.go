package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/completion"
)

// complete prints the script by which a shell completes commands and flags.
func complete(ctx context.Context, p *program, args []string) error {
	shell := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		shell, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("completion", flag.ContinueOnError)
	if err := p.parse(flags, "Prints what a shell needs to complete commands and flags: source <(obsgen completion bash), or zsh.", args); err != nil {
		return err
	}
	names := []string{"help"}
	for _, c := range commands() {
		names = append(names, c.name)
	}
	script, err := completion.Script(shell, "obsgen", names)
	if err != nil {
		return usageError{what: fmt.Sprintf("completion: for which shell? %q is none of them", shell), hint: "obsgen completion " + strings.Join(completion.Shells(), ", or ")}
	}
	if _, err := fmt.Fprint(p.stdout, script); err != nil {
		return err
	}
	return ctx.Err()
}
