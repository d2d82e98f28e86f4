package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"runtime/debug"

	released "github.com/prometheus/common/version"
)

// version prints which build this is, as far as the Go toolchain recorded it.
func version(_ context.Context, p *program, args []string) error {
	flags := flag.NewFlagSet("version", flag.ContinueOnError)
	if err := p.parse(flags, "Prints the version, the commit and the Go version of this program.", args); err != nil {
		return err
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		_, err := fmt.Fprintln(p.stdout, "obsgen, built without version information")
		return err
	}
	if released.Version != "" { // of a release, which the linker was told
		_, err := fmt.Fprintf(p.stdout, "obsgen %s %s %s\n", released.Version, cmp.Or(released.Revision, "unknown"), info.GoVersion)
		return err
	}
	line := "obsgen " + info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			line += " " + s.Value
		}
	}
	_, err := fmt.Fprintf(p.stdout, "%s %s\n", line, info.GoVersion)
	return err
}
