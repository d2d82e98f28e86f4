package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/dashboard/foreign"
	"github.com/voipbin/observability/internal/inventory"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/scrapecfg"
)

// lintBoardOptions are the flags of lint-board.
type lintBoardOptions struct {
	metrics    []string
	prometheus string
	httpConfig string // file with TLS and credentials for it
	since      time.Duration
	specDir    string
	profile    string
	format     string
	files      []string
}

// lintBoard judges boards that people have already.
func lintBoard(ctx context.Context, p *program, args []string) error {
	o := lintBoardOptions{since: 24 * time.Hour}
	flags := flag.NewFlagSet("lint-board", flag.ContinueOnError)
	flags.Func("metrics", "`file` that says which metrics there are besides ours: a text exposition (what an exporter's\n/metrics prints), or one name a line; may be given several times", func(s string) error {
		o.metrics = append(o.metrics, s)
		return nil
	})
	flags.StringVar(&o.prometheus, "prometheus", "", "ask the server at this `URL` which metrics and labels there are")
	flags.StringVar(&o.httpConfig, "http-config", "", "TLS and credentials for that server, in a `file` of the form of promtool's --http.config.file")
	flags.Func("since", "with -prometheus: what was there in this time counts (default 1d)", func(s string) (err error) {
		o.since, err = config.ParseDuration(s)
		return err
	})
	flags.StringVar(&o.specDir, "spec", "", "`folder` that describes the platform: the records of its rules are known as well")
	flags.StringVar(&o.profile, "profile", "", "with -spec: `name` of a profile in the spec's folder profiles")
	flags.StringVar(&o.format, "format", "text", "`form` of what is found: text, json, or github for annotations of a pull request")
	about := "Says which panels of Grafana boards show nothing or not what they say: unknown metrics, labels and values, quantiles\n" +
		"without le, counters shown as they stand, rates of gauges, data sources that are defined nowhere. Boards are classic JSON\n" +
		"files of any version. It fails if anything is found."
	var err error
	if o.files, err = p.parseFiles(flags, about, "FILE...", args); err != nil {
		return err
	}
	if !slices.Contains([]string{"text", "json", "github"}, o.format) {
		return usageError{what: fmt.Sprintf("lint-board: there is no format %q", o.format), hint: "text, json or github"}
	}
	boards, err := readBoards(o.files)
	if err != nil {
		return err
	}
	checker, err := p.knownMetrics(ctx, o, boards)
	if err != nil {
		return err
	}
	var found []foreign.Finding
	for _, b := range boards {
		findings, err := foreign.Check(checker, b.name, b.data)
		if err != nil {
			return err
		}
		found = append(found, findings...)
	}
	return p.tellFindings(o, found)
}

// boardFile is a board as it was read.
type boardFile struct {
	name string
	data []byte
}

func readBoards(files []string) ([]boardFile, error) {
	boards := make([]boardFile, len(files))
	for i, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read board: %w", err)
		}
		boards[i] = boardFile{name, data}
	}
	return boards, nil
}

// tellFindings prints what was found.
func (p *program) tellFindings(o lintBoardOptions, found []foreign.Finding) error {
	if o.format == "text" {
		for _, f := range found {
			fmt.Fprintln(p.stdout, f)
		}
		fmt.Fprintf(p.stderr, "%d boards, %d findings\n", len(o.files), len(found))
	} else if err := writeBoardFindings(p.stdout, found, o.format); err != nil {
		return err
	}
	if len(found) > 0 {
		return errReported
	}
	return nil
}

// boardFinding is a finding for a machine.
type boardFinding struct {
	File  string `json:"file"`
	Board string `json:"board"`
	Panel string `json:"panel,omitempty"`
	What  string `json:"what"`
	Hint  string `json:"hint,omitempty"`
}

func writeBoardFindings(w io.Writer, found []foreign.Finding, format string) error {
	if format == "json" {
		list := make([]boardFinding, len(found))
		for i, f := range found {
			list[i] = boardFinding(f)
		}
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(list)
	}
	findings := make([]finding, len(found))
	for i, f := range found {
		place := f.Board
		if f.Panel != "" {
			place += "/" + f.Panel
		}
		findings[i] = finding{File: f.File, Line: 1, Column: 1, Severity: "error", What: place + ": " + f.What, Hint: f.Hint}
	}
	return writeFindings(w, findings, format)
}

// knownMetrics is a checker that knows our catalogue, the records of a spec, and what else was seen.
func (p *program) knownMetrics(ctx context.Context, o lintBoardOptions, boards []boardFile) (*promql.Checker, error) {
	seen := inventory.New()
	for _, name := range o.metrics {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read metrics: %w", err)
		}
		if err := errors.Join(seen.Read(name, f), f.Close()); err != nil {
			return nil, err
		}
	}
	if o.prometheus != "" {
		if err := p.ask(ctx, o, seen, boards); err != nil {
			return nil, err
		}
	}
	var records []promql.Record
	catalogue := metric.NewCatalogue(metric.All())
	if o.specDir != "" {
		s, err := p.load(o.specDir, o.profile)
		if err != nil {
			return nil, err
		}
		s.Platform = scrapecfg.SpecTargets(s.Platform, s.Recovery).Present(s.Platform)
		made, err := rules.Build(s, catalogue)
		if err != nil {
			return nil, err
		}
		records = made.Records
	}
	return promql.NewChecker(catalogue, records, promql.Options{TargetLabels: rules.TargetLabels(), Observed: seen.Observed(), Anchored: true}), nil
}

// ask gathers what a server has: all names and types, and the labels of what the boards name.
func (p *program) ask(ctx context.Context, o lintBoardOptions, seen *inventory.Inventory, boards []boardFile) error {
	client, err := promapi.Open(o.prometheus, o.httpConfig)
	if err != nil {
		return err
	}
	end := p.now()
	start := end.Add(-o.since)
	types, err := client.Types(ctx)
	if err != nil {
		return err
	}
	names, err := client.Names(ctx, start, end)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("prometheus has had no series in the last %s", config.FormatDuration(o.since))
	}
	for name, kind := range types {
		seen.Type(name, kind)
	}
	for _, name := range names {
		seen.Name(name)
		asked := slices.ContainsFunc(boards, func(b boardFile) bool { return strings.Contains(string(b.data), name) })
		if !asked {
			continue
		}
		labels, err := client.LabelsOf(ctx, name, start, end)
		if err != nil {
			return err
		}
		seen.Labels(name, labels)
	}
	return nil
}
