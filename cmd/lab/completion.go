package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/voipbin/observability/internal/completion"
)

// complete prints the script by which a shell completes commands and flags.
func complete(ctx context.Context, c call) error {
	flags := flag.NewFlagSet("completion", flag.ContinueOnError)
	if err := c.parse(flags, "SHELL"); err != nil {
		return err
	}
	names := []string{"help"}
	for _, cmd := range commands() {
		names = append(names, cmd.name)
	}
	script, err := completion.Script(flags.Arg(0), "lab", names)
	if err != nil {
		return usageError{fmt.Errorf("completion: %w", err)}
	}
	if _, err := fmt.Fprint(c.stdout, script); err != nil {
		return err
	}
	return ctx.Err()
}
