// Command packages makes the .deb and .rpm packages of a release from binaries that were built before: units, man pages, completion,
// configuration. It compiles nothing and uploads nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // formats register themselves by import: the library offers no other way
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr)) }

// settings says what to make packages of.
type settings struct {
	root     string    // the repository
	binaries string    // the folder with the binaries of one architecture
	out      string    // the folder for packages
	version  string    // such as 0.3.0
	arch     string    // as Go names it
	time     time.Time // of every file in a package, so that the same input gives the same bytes
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("packages", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var s settings
	flags.StringVar(&s.root, "root", ".", "the repository")
	flags.StringVar(&s.binaries, "binaries", "bin", "folder of the binaries")
	flags.StringVar(&s.out, "out", "dist", "folder to write packages to")
	flags.StringVar(&s.version, "version", "", "version of the packages, such as 0.3.0")
	flags.StringVar(&s.arch, "arch", "amd64", "architecture of the binaries, as Go names it")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	epoch, err := strconv.ParseInt(getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil || s.version == "" || flags.NArg() > 0 {
		_, _ = fmt.Fprintln(stderr, "packages: needs -version and the environment variable SOURCE_DATE_EPOCH, the seconds of the commit's time")
		return 2
	}
	s.time = time.Unix(epoch, 0).UTC()
	if err := build(ctx, s, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "packages:", err)
		return 1
	}
	return 0
}

// build writes both packages of every program and prints their names.
func build(ctx context.Context, s settings, stdout io.Writer) error {
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return err
	}
	for _, p := range programs() {
		if err := s.program(ctx, p, stdout); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func (s settings) program(ctx context.Context, p program, stdout io.Writer) (err error) {
	work, err := os.MkdirTemp("", "packages-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	info, err := s.describe(ctx, p, work)
	if err != nil {
		return err
	}
	for _, format := range []string{"deb", "rpm"} {
		path, err := s.write(info, format)
		if err != nil {
			return fmt.Errorf("%s: %w", format, err)
		}
		if _, err := fmt.Fprintln(stdout, path); err != nil {
			return err
		}
	}
	return nil
}

// write makes one package, under its final name only when it is whole.
func (s settings) write(info *nfpm.Info, format string) (string, error) {
	packager, err := nfpm.Get(format)
	if err != nil {
		return "", err
	}
	// The library fills in what it works out: each format gets a copy.
	own := *info
	if err := nfpm.PrepareForPackager(&own, format); err != nil {
		return "", err
	}
	path := filepath.Join(s.out, packager.ConventionalFileName(&own))
	f, err := os.CreateTemp(s.out, "."+filepath.Base(path)+"-")
	if err != nil {
		return "", err
	}
	err = errors.Join(packager.Package(&own, f), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return path, nil
}
