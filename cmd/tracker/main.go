// Command tracker follows the recovery objectives of a platform: it proves every second what would be lost if a region died, measures how long
// drills and real failovers take, and writes reports that an auditor can recompute from evidence. It changes nothing on the platform, except by
// commands that its configuration names and an operator asks for.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // maintenance is entered in local times, also on hosts without zones

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"

	"github.com/voipbin/observability/internal/rto/probe/redis"
)

// Exit codes: bad input, a failed verification and everything else that did not work are failures; a command line that makes no sense is a misuse.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	redis.Silence() // it would write addresses of servers to standard error
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, time.Now)
	stop()
	os.Exit(code)
}

// world is the outside of one run.
type world struct {
	stdout, stderr io.Writer
	now            func() time.Time
	getenv         func(string) string
}

// command is one verb: its flags are parsed when do is called.
type command struct {
	clause *kingpin.CmdClause
	do     func(ctx context.Context, w world) error
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, now func() time.Time) int {
	w := world{stdout: stdout, stderr: stderr, now: now, getenv: os.Getenv}
	app := kingpin.New("tracker", "Follows the recovery objectives of a platform, and proves what it says.")
	app.HelpFlag.Short('h')
	app.Version(versionText())
	ended := -1
	app.Terminate(func(code int) { ended = code })
	app.UsageWriter(stdout).ErrorWriter(stderr)
	var commands []command
	for _, add := range []func(*kingpin.Application) []command{serveCommand, drillCommands, reportCommands, verifyCommands, mergeCommands, manifestCommands, doctorCommands, sloCommands, healthCommand} {
		commands = append(commands, add(app)...)
	}
	chosen, err := app.Parse(args)
	if ended >= 0 {
		return ended
	}
	if err != nil {
		fmt.Fprintf(stderr, "tracker: %v: see tracker --help\n", err)
		return exitUsage
	}
	for _, c := range commands {
		if c.clause.FullCommand() != chosen {
			continue
		}
		if err := c.do(ctx, w); err != nil {
			return w.fail(err)
		}
		return exitOK
	}
	return exitUsage
}

// errReported is a failure of which everything has been said already.
var errReported = errors.New("reported")

// fail prints an error, one line for each mistake, and returns the exit code that stands for it.
func (w world) fail(err error) int {
	if !errors.Is(err, errReported) {
		fmt.Fprintf(w.stderr, "tracker: %v\n", err)
	}
	return exitFailure
}

func versionText() string {
	return fmt.Sprintf("tracker, version %s (revision: %s, go: %s, platform: %s/%s)", buildVersion(), version.GetRevision(), version.GoVersion, version.GoOS, version.GoArch)
}
