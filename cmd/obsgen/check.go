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
	"github.com/voipbin/observability/internal/lint"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// check says what is wrong with the spec, and in a few lines what it means.
func check(ctx context.Context, p *program, args []string) error {
	o := checkOptions{}
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.StringVar(&o.dir, "spec", "spec", "`folder` that describes the platform")
	flags.StringVar(&o.format, "format", "text", "`form` of what is found: text, json, or github for annotations of a pull request")
	flags.StringVar(&o.profile, "profile", "", "`name` of a profile in the spec's folder profiles; without it the default one is built, and the\nothers are read and judged")
	flags.BoolVar(&o.verbose, "v", false, "print accepted findings, too")
	about := "Reads the spec, builds everything in memory and writes nothing. It fails if anything is wrong."
	if err := p.parse(flags, about, args); err != nil {
		return err
	}
	switch o.format {
	case "text":
		return p.checkText(ctx, o)
	case "json", "github":
		return p.checkFor(o)
	}
	return usageError{what: fmt.Sprintf("check: there is no format %q", o.format), hint: "text, json or github"}
}

// checkOptions are the flags of check.
type checkOptions struct {
	dir, format, profile string
	verbose              bool
}

// checkText prints what is found for people.
func (p *program) checkText(ctx context.Context, o checkOptions) error {
	s, err := p.load(o.dir, o.profile)
	if err != nil {
		return err
	}
	result, err := assemble(s, specTargets(s))
	if err != nil {
		return err
	}
	if err := result.elsewhere(o.dir, s.Profile.Name); err != nil {
		return err
	}
	p.printProblems(result.warnings)
	summary, files := result.summary, len(result.files) // what was made is not needed any more
	found, problems := contradictions(s)
	if o.verbose {
		p.printAccepted(found)
	}
	problems = append(problems, lint.Problems(found)...)
	problems = append(problems, lint.Zones(s, p.now())...)
	others, err := judgeOthers(o)
	if err != nil {
		return err
	}
	problems = append(problems, others...)
	if problems.Err() != nil {
		return problems
	}
	p.printProblems(problems)
	for _, line := range summary {
		fmt.Fprintln(p.stdout, line)
	}
	if n := countAccepted(found); n > 0 {
		fmt.Fprintf(p.stdout, "%d findings are accepted: \"obsgen check -v\" prints them, %s lists them\n", n, findingsFile)
	}
	fmt.Fprintf(p.stdout, "%s is good: %d files follow from it\n", o.dir, files)
	return ctx.Err()
}

// contradictions returns what the described platform cannot keep, and what is wrong with the profile that says how it is measured.
func contradictions(s *spec.Spec) ([]lint.Finding, diag.Problems) {
	found, problems := lint.Run(s)
	return found, append(problems, lint.Signals(s, metric.NewCatalogue(metric.All()))...)
}

// judgeOthers reads and judges the profiles that are not built, where none is named.
func judgeOthers(o checkOptions) (diag.Problems, error) {
	if o.profile != "" {
		return nil, nil
	}
	names, err := spec.Profiles(os.DirFS(o.dir))
	if err != nil {
		return nil, err
	}
	var all diag.Problems
	for _, name := range names {
		if name == spec.DefaultProfile {
			continue
		}
		s, problems := spec.LoadProfile(os.DirFS(o.dir), o.dir, name)
		if problems.Err() == nil {
			found, wrong := contradictions(s)
			problems = append(append(problems, wrong...), lint.Problems(found)...)
		}
		for i := range problems {
			problems[i].What = "profile " + name + ": " + problems[i].What
		}
		all = append(all, problems...)
	}
	return all, nil
}

// printAccepted prints the findings that are accepted, each with its reason, on standard output: they are what was asked for.
func (p *program) printAccepted(found []lint.Finding) {
	for _, f := range found {
		if f.Accepted() {
			fmt.Fprintf(p.stdout, "accepted: %v\n  because %s\n", f.Problem.Error(), f.Reason)
		}
	}
}

// countAccepted counts the findings that are accepted.
func countAccepted(found []lint.Finding) int {
	n := 0
	for _, f := range found {
		if f.Accepted() {
			n++
		}
	}
	return n
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
func (p *program) checkFor(o checkOptions) error {
	s, problems := spec.LoadProfile(os.DirFS(o.dir), o.dir, o.profile)
	if problems.Err() == nil {
		result, err := assemble(s, specTargets(s))
		var found diag.Problems
		switch {
		case errors.As(err, &found):
			problems = append(problems, found...)
		case err != nil:
			return err
		default:
			problems = append(problems, result.warnings...)
			kept, wrong := contradictions(s)
			problems = append(append(problems, wrong...), lint.Problems(kept)...)
			problems = append(problems, lint.Zones(s, p.now())...)
			others, err := judgeOthers(o)
			if err != nil {
				return err
			}
			problems = append(problems, others...)
		}
	}
	findings := make([]finding, len(problems))
	for i, f := range problems {
		findings[i] = finding{File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Col, Severity: "error", What: f.What, Hint: f.Hint}
		if f.Warning {
			findings[i].Severity = "warning"
		}
	}
	if err := writeFindings(p.stdout, findings, o.format); err != nil {
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
