package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/voipbin/observability/internal/lab/drill"
)

// rehearse loses a region and holds the tracker's report against the truth.
func rehearse(ctx context.Context, c call) error {
	var u upFlags
	flags := flag.NewFlagSet("drill", flag.ContinueOnError)
	u.shared(flags)
	if err := c.parse(flags); err != nil {
		return err
	}
	if err := u.finish(c); err != nil {
		return err
	}
	return interrupted(ctx, drill.Run(ctx, drill.Options{Options: u.Options, Out: c.stdout}))
}

// hook is what the tracker of a drill runs to have a step done.
func hook(ctx context.Context, c call) error {
	flags := flag.NewFlagSet("hook", flag.ContinueOnError)
	if err := c.parse(flags, "ADDRESS"); err != nil {
		return err
	}
	text, err := drill.Hook(ctx, flags.Arg(0))
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(c.stdout, text)
	return err
}
