package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"github.com/voipbin/observability/internal/lab"
)

// node runs a script with Node.js: "lab node [--dir DIR] [--repository DIR] SCRIPT [ARGUMENT...]".
func node(ctx context.Context, c call) error {
	var u upFlags
	flags := flag.NewFlagSet("node", flag.ContinueOnError)
	flags.StringVar(&u.Dir, "dir", ".lab", "`folder` for packages, tools and runs")
	repository := flags.String("repository", "", "`folder` that the script sees besides: this one, unless it is said")
	flags.SetOutput(io.Discard)
	switch err := flags.Parse(c.args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(c.stdout, "usage: lab node [flags] SCRIPT [ARGUMENT...]\n\n")
		flags.SetOutput(c.stdout)
		flags.PrintDefaults()
		return err
	case err != nil:
		return usageError{fmt.Errorf("node: %w", err)}
	case flags.NArg() == 0:
		return usageError{errors.New("node: SCRIPT is missing")}
	}
	c.stdout = c.stderr // what is told is not the script's output
	if err := u.anywhere(c); err != nil {
		return err
	}
	if *repository != "" {
		var err error
		if u.Repo, err = filepath.Abs(*repository); err != nil {
			return err
		}
	}
	n, err := lab.Node(ctx, u.Options)
	if err != nil {
		return err
	}
	code, err := n.Run(ctx, flags.Args()...)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s: exit code %d", flags.Arg(0), code)
	}
	return err
}
