package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/config"
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
	groups := map[string][]string{}
	flags.Func("group", "the groups of objectives that pyrra groups by a label, as `LABEL=VALUE,VALUE`; may be repeated", func(s string) error {
		label, values, ok := strings.Cut(s, "=")
		if !ok || label == "" || values == "" {
			return errors.New("want a label and its values, such as service=call,conference")
		}
		groups[label] = append(groups[label], strings.Split(values, ",")...)
		return nil
	})
	about := "Reads objectives of another generator and prints a slos.yaml. What cannot be carried over, and what the files do not say, is named\n" +
		"on standard error. A file may hold several documents, and refer to what stands in another."
	named, err := p.parseOperands(flags, about, "FILE...", args)
	if err != nil {
		return err
	}
	if files = append(files, named...); format == "" || len(files) == 0 {
		return usageError{what: "import: -from and a file are needed", hint: "obsgen import -from sloth slos.yaml"}
	}
	var sources []importer.Source
	for _, name := range files {
		data, err := p.readInput(name)
		if err != nil {
			return fmt.Errorf("read objectives: %w", err)
		}
		sources = append(sources, importer.Source{Name: name, Data: data})
	}
	slos, problems := importer.Read(format, groups, sources...)
	if err := problems.Err(); err != nil {
		return err
	}
	p.printProblems(problems)
	text, err := config.Encode(importHeader, importer.File{SLOs: slos})
	if err != nil {
		return err
	}
	if _, err := p.stdout.Write(text); err != nil {
		return err
	}
	return ctx.Err()
}
