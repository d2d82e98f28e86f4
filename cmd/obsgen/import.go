package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/importer"
)

// importHeader begins a file of imported objectives.
const importHeader = "Imported objectives. Owners, tiers and the expected traffic are for people to fill in."

// importSLOs turns objectives of other generators into ours.
func importSLOs(ctx context.Context, p *program, args []string) error {
	var format string
	var files []string
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	flags.StringVar(&format, "from", "", "`format` of the files: sloth, pyrra or openslo")
	flags.Func("file", "`file` to read, or - for standard input; may be repeated", func(s string) error {
		files = append(files, s)
		return nil
	})
	about := "Reads objectives of another generator and prints a slos.yaml. What cannot be carried over is named on standard error."
	if err := p.parse(flags, about, args); err != nil {
		return err
	}
	if format == "" || len(files) == 0 {
		return usageError{what: "import: -from and -file are needed", hint: "obsgen import -from sloth -file slos.yaml"}
	}
	var all importer.File
	var problems diag.Problems
	for _, name := range files {
		data, err := p.readInput(name)
		if err != nil {
			return fmt.Errorf("read objectives: %w", err)
		}
		slos, found := importer.Read(format, name, data)
		problems = append(problems, found...)
		all.SLOs = append(all.SLOs, slos...)
	}
	if err := problems.Err(); err != nil {
		return err
	}
	p.printProblems(problems)
	text, err := config.Encode(importHeader, all)
	if err != nil {
		return err
	}
	if _, err := p.stdout.Write(text); err != nil {
		return err
	}
	return ctx.Err()
}
