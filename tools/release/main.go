// Command release makes what a release consists of: programs that anybody can build again to the same bytes, archives, a bill of materials of
// each program, the licences of all that is linked, what changed in the names of metrics, and checksums. It uploads nothing, signs nothing,
// and makes no tag.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings say what is made of what.
type settings struct {
	root    string // the repository
	out     string // the folder for all that is made
	version string // such as 0.3.0
	since   string // the revision of the release before, "" where there is none
	arches  []string
	check   bool
	time    time.Time // of everything in archives
}

// errUsage is a command line that makes no sense.
var errUsage = errors.New("usage: release [flags] build|seal|licences|metrics; build and seal need -version and SOURCE_DATE_EPOCH, the seconds of the commit's time")

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	s, verb, err := parse(args, getenv, stderr)
	if err == nil {
		err = s.do(ctx, verb, stdout)
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "release:", err)
		return 2
	}
	fmt.Fprintln(stderr, "release:", err)
	return 1
}

// parse reads the command line.
func parse(args []string, getenv func(string) string, stderr io.Writer) (settings, string, error) {
	var s settings
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.root, "root", ".", "the repository")
	flags.StringVar(&s.out, "out", "dist/release", "folder to write to")
	flags.StringVar(&s.version, "version", "", "version of the release, such as 0.3.0")
	flags.StringVar(&s.since, "since", "", "revision of the release before, with which names of metrics are compared")
	flags.BoolVar(&s.check, "check", false, "with licences: write nothing, fail when docs/LICENCES.md is not what it should be")
	arches := flags.String("arch", "amd64,arm64", "architectures, as Go names them")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return s, "", err
		}
		return s, "", errUsage
	}
	if flags.NArg() != 1 {
		return s, "", errUsage
	}
	s.arches = strings.Split(*arches, ",")
	verb := flags.Arg(0)
	if verb == "build" || verb == "seal" {
		epoch, err := strconv.ParseInt(getenv("SOURCE_DATE_EPOCH"), 10, 64)
		if err != nil || s.version == "" {
			return s, "", errUsage
		}
		s.time = time.Unix(epoch, 0).UTC()
	}
	return s, verb, nil
}

// do does one verb.
func (s settings) do(ctx context.Context, verb string, stdout io.Writer) error {
	switch verb {
	case "build":
		return s.build(ctx, stdout)
	case "seal":
		return s.seal(ctx, stdout)
	case "licences":
		return s.licences(ctx, stdout)
	case "metrics":
		text, err := s.metricsChanged(ctx)
		if err == nil {
			_, err = io.WriteString(stdout, text)
		}
		return err
	}
	return errUsage
}
