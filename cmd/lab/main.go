// Command lab runs the laboratory: real daemons on loopback, calls through them, and what watches them. It installs nothing, needs no
// root, and leaves nothing running.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/voipbin/observability/internal/lab"
)

func main() {
	if handled, err := lab.Helper(os.Args[1:]); handled {
		if err != nil {
			fmt.Fprintln(os.Stderr, "lab:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// command is one verb of the program.
type command struct {
	name, summary string
	run           func(ctx context.Context, c call) error
}

// call is what a command is given.
type call struct {
	args           []string
	stdout, stderr io.Writer
}

func commands() []command {
	return []command{
		{"up", "set up what is missing, start everything, make calls, show what Prometheus says", up},
		{"setup", "only obtain and build what a laboratory needs", setup},
		{"tool", "print the path of promtool, amtool, prometheus, alertmanager, tsc, gitlab-ci-local, the page that draws boards (preview) or the folder of buildah and crun (containers)", tool},
		{"node", "run a script with the Node.js of this host, or with one that is not installed", node},
		{"status", "show what a running laboratory sees", status},
		{"where", "print the address of a running laboratory's prometheus or alertmanager, for other programs", where},
		{"load", "make more calls in a running laboratory", load},
		{"fault", "break something in a running laboratory, or mend it", fault},
		{"down", "stop a running laboratory", down},
		{"drill", "lose a region of real daemons, bring it back in another, and hold the tracker's report against the truth", rehearse},
		{"hook", "have a running drill do a step of its plan; the drill's tracker calls it", hook},
		{"completion", "print what bash or zsh needs to complete commands and flags", complete},
	}
}

// usageError is a mistake in the command line.
type usageError struct{ error }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, call{stdout: stdout, stderr: stderr})
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "lab: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "lab: %v\n", err)
	return exitFailed
}

func dispatch(ctx context.Context, args []string, c call) error {
	if len(args) == 0 {
		return usageError{errors.New("no command; \"lab help\" lists them")}
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		return help(c.stdout)
	}
	for _, cmd := range commands() {
		if cmd.name == args[0] {
			c.args = args[1:]
			return cmd.run(ctx, c)
		}
	}
	return usageError{fmt.Errorf("no command %q; \"lab help\" lists them", args[0])}
}

func help(w io.Writer) error {
	fmt.Fprint(w, "lab runs real daemons on loopback and shows what Prometheus says about them.\n\nusage: lab COMMAND [flags]\n\n")
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", cmd.name, cmd.summary)
	}
	_, err := fmt.Fprint(w, "\n\"lab COMMAND -h\" lists the flags of a command.\n")
	return err
}

// parse reads a command's flags. Arguments are the names of what has to follow them.
func (c call) parse(flags *flag.FlagSet, arguments ...string) error {
	flags.SetOutput(io.Discard)
	err := flags.Parse(c.args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(c.stdout, "usage: lab %s [flags]", flags.Name())
		for _, a := range arguments {
			fmt.Fprint(c.stdout, " ", a)
		}
		fmt.Fprint(c.stdout, "\n\n")
		flags.SetOutput(c.stdout)
		flags.PrintDefaults()
		return err
	}
	if err != nil {
		return usageError{fmt.Errorf("%s: %w", flags.Name(), err)}
	}
	if got := flags.NArg(); got > len(arguments) {
		return usageError{fmt.Errorf("%s: unexpected argument %q", flags.Name(), flags.Arg(len(arguments)))}
	} else if got < len(arguments) {
		return usageError{fmt.Errorf("%s: %s is missing", flags.Name(), arguments[got])}
	}
	return nil
}
