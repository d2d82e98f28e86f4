package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"

	"github.com/voipbin/observability/internal/coverage"
)

// cover says which facts of the inventory are watched by what.
func cover(ctx context.Context, p *program, args []string) error {
	var dir, format, profile string
	flags := flag.NewFlagSet("coverage", flag.ContinueOnError)
	flags.StringVar(&dir, "spec", "spec", "`folder` that describes the platform")
	flags.StringVar(&profile, "profile", "", "`name` of a profile in the spec's folder profiles")
	flags.StringVar(&format, "format", "text", "`form` of the report: text, json, or markdown as in docs/COVERAGE.md")
	about := "Follows each fact of the spec's inventory into the rules, boards and objectives that are made of it. It fails when a name\n" +
		"leads nowhere, or when fewer facts are covered than the inventory's floor."
	if err := p.parse(flags, about, args); err != nil {
		return err
	}
	s, err := p.load(dir, profile)
	if err != nil {
		return err
	}
	if !s.Inventory.Described() {
		return errors.New(dir + " has no inventory.yaml: there is nothing to be covered")
	}
	made, err := assemble(s, specTargets(s))
	if err != nil {
		return err
	}
	gathered, err := made.coverage()
	if err != nil {
		return err
	}
	report, problems := coverage.Build(s, gathered)
	switch format {
	case "text":
		fmt.Fprint(p.stdout, report.Text())
	case "json":
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		err = e.Encode(report)
	case "markdown":
		_, err = p.stdout.Write(report.Markdown(specHeader))
	default:
		return usageError{what: fmt.Sprintf("coverage: there is no format %q", format), hint: "text, json or markdown"}
	}
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if len(problems) > 0 {
		return problems
	}
	return ctx.Err()
}
