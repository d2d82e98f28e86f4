package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/voipbin/observability/internal/scrapecfg"
)

// check says what is wrong with the spec, and in a few lines what it means.
func check(ctx context.Context, p *program, args []string) error {
	var dir string
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.StringVar(&dir, "spec", "spec", "`folder` that describes the platform")
	about := "Reads the spec, builds everything in memory and writes nothing. It fails if anything is wrong."
	if err := p.parse(flags, about, args); err != nil {
		return err
	}
	s, err := p.load(dir)
	if err != nil {
		return err
	}
	result, err := assemble(s, scrapecfg.SpecTargets(s.Platform))
	if err != nil {
		return err
	}
	p.printProblems(result.warnings)
	for _, line := range result.summary {
		fmt.Fprintln(p.stdout, line)
	}
	fmt.Fprintf(p.stdout, "%s is good: %d files follow from it\n", dir, len(result.files))
	return ctx.Err()
}
