package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
)

// check says what is wrong with the spec, and in a few lines what it means.
func check(ctx context.Context, p *program, args []string) error {
	var dir, format string
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.StringVar(&dir, "spec", "spec", "`folder` that describes the platform")
	flags.StringVar(&format, "format", "text", "`form` of what is found: text, json, or github for annotations of a pull request")
	about := "Reads the spec, builds everything in memory and writes nothing. It fails if anything is wrong."
	if err := p.parse(flags, about, args); err != nil {
		return err
	}
	switch format {
	case "text":
		return p.checkText(ctx, dir)
	case "json", "github":
		return p.checkFor(dir, format)
	}
	return usageError{what: fmt.Sprintf("check: there is no format %q", format), hint: "text, json or github"}
}

// checkText prints what is found for people.
func (p *program) checkText(ctx context.Context, dir string) error {
	s, err := p.load(dir, "")
	if err != nil {
		return err
	}
	result, err := assemble(s, scrapecfg.SpecTargets(s.Platform, s.Recovery))
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

// finding is one problem for a machine.
type finding struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Severity string `json:"severity"` // error or warning
	What     string `json:"what"`
	Hint     string `json:"hint,omitempty"`
}

// checkFor prints what is found for machines, on standard output.
func (p *program) checkFor(dir, format string) error {
	s, problems := spec.Load(os.DirFS(dir), dir)
	if problems.Err() == nil {
		result, err := assemble(s, scrapecfg.SpecTargets(s.Platform, s.Recovery))
		var found diag.Problems
		switch {
		case errors.As(err, &found):
			problems = append(problems, found...)
		case err != nil:
			return err
		default:
			problems = append(problems, result.warnings...)
		}
	}
	findings := make([]finding, len(problems))
	for i, f := range problems {
		findings[i] = finding{File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Col, Severity: "error", What: f.What, Hint: f.Hint}
		if f.Warning {
			findings[i].Severity = "warning"
		}
	}
	if err := writeFindings(p.stdout, findings, format); err != nil {
		return err
	}
	if problems.Err() != nil {
		return errReported
	}
	return nil
}

// writeFindings prints findings as JSON, or as commands that GitHub turns into annotations.
func writeFindings(w io.Writer, findings []finding, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(findings)
	}
	// https://docs.github.com/actions/reference/workflow-commands-for-github-actions: these stand for themselves otherwise.
	text := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	value := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range findings {
		message := f.What
		if f.Hint != "" {
			message += ": " + f.Hint
		}
		if _, err := fmt.Fprintf(w, "::%s file=%s,line=%d,col=%d::%s\n", f.Severity, value.Replace(f.File), f.Line, f.Column, text.Replace(message)); err != nil {
			return err
		}
	}
	return nil
}
