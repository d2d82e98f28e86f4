// Command obsgen turns the description of a platform in spec/ into everything that watches it: recording rules, alerts and
// their tests, boards, the configuration of Prometheus and Alertmanager, runbooks and the reference of metrics. Or it says
// precisely what is wrong with the description. It watches nothing itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // objectives name zones, also on hosts without any

	"github.com/voipbin/observability/internal/terminal"
)

// Exit codes: bad input and differences are failures; a command line that makes no sense is a misuse.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// collectAt is how much garbage there is when it is collected, in percent of what is kept, unless GOGC says otherwise: the rules of 1,000 objectives
// then take less than 100 MiB, for some hundredths of a second (docs/proof/footprint.txt).
const collectAt = 75

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// program is the outside world of one run.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	color          bool // on stderr
	now            func() time.Time
	sleep          func(context.Context, time.Duration) error
}

// command is one verb of the command line. It reads its own flags.
type command struct {
	name, summary string
	run           func(ctx context.Context, p *program, args []string) error
}

// commands lists the verbs in the order of the help text.
func commands() []command {
	return []command{
		{"generate", "write everything that follows from the spec, or compare with what is there", generate},
		{"backfill", "give an objective a past: compute its records for a time before its rules were loaded", backfillRecords},
		{"backtest", "say which alerts would have come when, in scenarios or in recorded data", replayAlerts},
		{"check", "say what is wrong with the spec; write nothing", check},
		{"completion", "print what bash or zsh needs to complete commands and flags", complete},
		{"coverage", "say which facts of the inventory are watched by what", cover},
		{"diff", "say what changed in boards and rules between two folders, in words", showChanges},
		{"explain", "say what an objective means in numbers", explain},
		{"import", "turn objectives of sloth, pyrra or OpenSLO into ours", importSLOs},
		{"init", "write a first spec, by questions or from what a Prometheus server knows", begin},
		{"lint-board", "say which panels of boards that you have show nothing or the wrong thing", lintBoard},
		{"metrics", "write the reference of metrics", metrics},
		{"preview", "show boards in a browser, or draw pictures of them, with the data of a Prometheus server", previewBoards},
		{"push", "bring the boards onto a Grafana server", push},
		{"version", "print the version", version},
	}
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{stdin: stdin, stdout: stdout, stderr: stderr, color: getenv("NO_COLOR") == "" && terminal.Is(stderr), now: time.Now, sleep: pause}
	if len(args) == 0 {
		fmt.Fprint(stderr, usage())
		return exitUsage
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
		fmt.Fprint(stdout, usage())
		return exitOK
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return p.exitCode(c.run(ctx, p, args[1:]))
		}
	}
	return p.exitCode(unknownCommand(args[0]))
}

// usageError is a command line that makes no sense.
type usageError struct{ what, hint string }

func (e usageError) Error() string { return e.what }

// errReported is a failure of which everything has been said already.
var errReported = errors.New("reported")

// exitCode prints an error and returns the exit code that stands for it.
func (p *program) exitCode(err error) int {
	var misuse usageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errReported):
		return exitFailure
	case errors.As(err, &misuse):
		fmt.Fprintf(p.stderr, "obsgen: %s\n", misuse.what)
		fmt.Fprintf(p.stderr, "hint: %s\n", misuse.hint)
		return exitUsage
	}
	p.printError(err)
	return exitFailure
}
