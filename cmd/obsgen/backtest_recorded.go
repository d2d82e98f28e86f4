package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/backtest"
	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// recordedOptions say where recorded data comes from.
type recordedOptions struct {
	file, server, httpConfig string
	from, to                 time.Time
	step                     time.Duration
	outages                  []backtest.Span
}

// mostPoints is how many points a Prometheus server answers with for a series.
const mostPoints = 11_000

func (r *recordedOptions) register(flags *flag.FlagSet) {
	r.step = 30 * time.Second
	flags.StringVar(&r.file, "data", "", "replay this OpenMetrics `file` with times, as promtool tsdb dump-openmetrics writes it")
	flags.StringVar(&r.server, "prometheus", "", "replay what this `server` has, for example http://localhost:9090")
	flags.StringVar(&r.httpConfig, "http-config", "", "TLS and credentials for that server, in a `file` of the form of promtool's --http.config.file")
	flags.Func("from", "begin of what is read from the server, as 2026-01-31T22:00:00Z", moment(&r.from))
	flags.Func("to", "end of what is read from the server", moment(&r.to))
	flags.Func("step", "distance of the samples that are read from the server (default 30s)", func(s string) (err error) {
		r.step, err = config.ParseDuration(s)
		return err
	})
	flags.Func("outage", "an outage that is known to be in the recorded data, as `FROM/TO`, such as\n2026-01-31T22:00:00Z/2026-01-31T22:40:00Z; may be repeated", func(s string) error {
		from, to, _ := strings.Cut(s, "/")
		var o backtest.Span
		if err := errors.Join(moment(&o.From)(from), moment(&o.To)(to)); err != nil {
			return err
		}
		if !o.From.Before(o.To) {
			return errors.New("it ends before it begins")
		}
		r.outages = append(r.outages, o)
		return nil
	})
}

func (r *recordedOptions) given() bool { return r.file != "" || r.server != "" }

// variant is one set of rules to be replayed, with the objectives that they are about.
type variant struct {
	heading    string // "what if: " and what is otherwise; empty for what is
	files      []rules.RuleFile
	objectives []spec.SLO
}

// replayed is what came of it.
type replayed struct {
	WhatIf     string               `json:"what_if,omitempty"`
	Alerts     []backtest.Firing    `json:"alerts"`
	Objectives []backtest.Recording `json:"objectives"`
}

// replayRecorded replays recorded data through the rules of the spec or of files.
func (p *program) replayRecorded(ctx context.Context, o backtestOptions) error {
	variants, err := p.recordedVariants(o)
	if err != nil {
		return err
	}
	store, err := p.recorded(ctx, o.data, variants[0].files)
	if err != nil {
		return err
	}
	first, last, ok := store.Span()
	if !ok || first == last {
		return errors.New("there is no data to replay")
	}
	begin, end := time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
	for _, s := range o.data.outages {
		if !s.From.Before(end) || !s.To.After(begin) {
			return usageError{what: fmt.Sprintf("backtest: the outage of %s is not in the data", s.From.Format(time.RFC3339)), hint: fmt.Sprintf("that is from %s to %s", begin.Format(time.RFC3339), end.Format(time.RFC3339))}
		}
	}
	results := make([]replayed, len(variants))
	for i, v := range variants {
		if results[i], err = v.replay(ctx, store.Clone(), o.data.outages, begin, end); err != nil {
			return err
		}
	}
	return p.tellReplayed(o, results, begin, end)
}

// replay replays one variant over data of its own.
func (v variant) replay(ctx context.Context, store *backtest.Store, outages []backtest.Span, begin, end time.Time) (replayed, error) {
	fired, err := backtest.Replay(ctx, store, v.files, backtest.Options{Start: begin, End: end})
	if err != nil {
		return replayed{}, err
	}
	r := replayed{WhatIf: v.heading, Alerts: append([]backtest.Firing{}, fired...)}
	about := make([]backtest.Objective, 0, len(v.objectives))
	for _, o := range v.objectives {
		about = append(about, toJudge(o))
	}
	if len(about) == 0 { // rules of others
		about = append(about, backtest.Objective{})
	}
	for _, o := range about {
		recording, err := backtest.Judge(ctx, store, fired, o, outages, begin, end)
		if err != nil {
			return r, err
		}
		recording.Title = cmp.Or(o.Name, "all rules")
		if v.heading != "" {
			recording.Title = "what if: " + recording.Title
		}
		r.Objectives = append(r.Objectives, recording)
	}
	return r, nil
}

// tellReplayed prints and draws what came of the variants.
func (p *program) tellReplayed(o backtestOptions, results []replayed, begin, end time.Time) error {
	var all []backtest.Recording
	for _, r := range results {
		all = append(all, r.Objectives...)
	}
	if o.svg != "" {
		if err := writeTo(o.svg, func(w io.Writer) error { return backtest.WriteRecordingsSVG(w, all) }); err != nil {
			return err
		}
	}
	if o.format == "json" {
		return backtest.WriteJSON(p.stdout, results)
	}
	for _, r := range results {
		if r.WhatIf != "" {
			fmt.Fprintf(p.stdout, "\n%s\n", r.WhatIf)
		}
		fmt.Fprintf(p.stdout, "%d alerts from %s to %s\n", len(r.Alerts), begin.Format(time.RFC3339), end.Format(time.RFC3339))
		if err := backtest.WriteFirings(p.stdout, r.Alerts); err != nil {
			return err
		}
		if !slices.ContainsFunc(r.Objectives, func(r backtest.Recording) bool { return len(r.Outages) > 0 }) {
			continue
		}
		fmt.Fprintln(p.stdout)
		if err := backtest.WriteOutages(p.stdout, r.Objectives); err != nil {
			return err
		}
	}
	return nil
}

// recordedVariants are the rules to replay: those of the named files, or those that follow from the spec, and from what might be in it.
func (p *program) recordedVariants(o backtestOptions) ([]variant, error) {
	if len(o.rules) > 0 {
		files, err := p.rulesOfFiles(o.rules)
		return []variant{{files: files}}, err
	}
	before, err := p.load(o.specDir, "")
	if err != nil {
		return nil, err
	}
	only := *before
	s := &only
	if o.slo != "" {
		if s.SLOs = withParts(s, o.slo); len(s.SLOs) == 0 {
			return nil, noSuchObjective(before, o.slo)
		}
	}
	is, err := variantOf(s, o.slo, "")
	if err != nil || o.whatIf == "" {
		return []variant{is}, err
	}
	changed := slices.Clone(s.SLOs)
	for i, c := range changed {
		if o.slo == "" && c.SLI.Composite() || o.slo != "" && !c.Called(o.slo) {
			continue // what an objective is made of stays as it is
		}
		if changed[i], err = withSettings(c, o.whatIf); err != nil {
			return nil, err
		}
	}
	s.SLOs = changed
	might, err := variantOf(s, o.slo, "what if: "+o.whatIf)
	return []variant{is, might}, err
}

// variantOf makes the rules of a spec; of one objective alone where it is named, and counts events by itself.
func variantOf(s *spec.Spec, name, heading string) (variant, error) {
	made, err := rules.Build(s, metric.NewCatalogue(metric.All()))
	if err != nil {
		return variant{}, err
	}
	files := ruleFiles(made)
	if o, ok := s.Objective(name); ok && !o.SLI.Composite() {
		files = backtest.Needed(files, name)
	}
	return variant{heading, files, slices.Clone(s.SLOs)}, nil
}

// rulesOfFiles are the rules that people have already.
func (p *program) rulesOfFiles(names []string) ([]rules.RuleFile, error) {
	var files []rules.RuleFile
	for _, name := range names {
		data, err := p.readInput(name)
		if err != nil {
			return nil, fmt.Errorf("read rules: %w", err)
		}
		var report config.Report
		files = append(files, backtest.ReadRules(&report, name, data))
		if err := report.Problems().Err(); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// withParts are the objectives that a name means and those that they are made of, in the order of the spec; none when there is no such.
func withParts(s *spec.Spec, name string) []spec.SLO {
	var parts []spec.Part
	for _, o := range s.SLOs {
		if o.Called(name) {
			parts = append(parts, o.SLI.Parts...)
		}
	}
	return slices.DeleteFunc(slices.Clone(s.SLOs), func(o spec.SLO) bool {
		return !o.Called(name) && !slices.ContainsFunc(parts, func(p spec.Part) bool { return p.Name == o.Name })
	})
}

// recorded reads the data.
func (p *program) recorded(ctx context.Context, r recordedOptions, files []rules.RuleFile) (*backtest.Store, error) {
	if r.file != "" {
		data, err := os.ReadFile(r.file)
		if err != nil {
			return nil, fmt.Errorf("read data: %w", err)
		}
		return backtest.ReadOpenMetrics(r.file, data)
	}
	if r.from.IsZero() || r.to.IsZero() || !r.from.Before(r.to) || r.step < time.Second {
		return nil, usageError{what: "backtest: -prometheus needs a time", hint: "add -from 2026-01-01T00:00:00Z -to 2026-01-31T00:00:00Z"}
	}
	client, err := promapi.Open(r.server, r.httpConfig)
	if err != nil {
		return nil, err
	}
	needs, err := backtest.Needs(files)
	if err != nil {
		return nil, err
	}
	store := backtest.NewStore()
	for _, name := range needs {
		if err := fetch(ctx, client, store, name, r); err != nil {
			return nil, err
		}
	}
	return store, nil
}

// fetch reads all series of a name, in pieces as long as the server allows.
func fetch(ctx context.Context, client *promapi.Client, store *backtest.Store, name string, r recordedOptions) error {
	for from := r.from; from.Before(r.to); from = from.Add(mostPoints * r.step) {
		to := from.Add((mostPoints - 1) * r.step)
		if to.After(r.to) {
			to = r.to
		}
		series, err := client.Range(ctx, name, from, to, r.step)
		if err != nil {
			return err
		}
		for _, s := range series {
			set := make(map[string]string, len(s.Labels)+1)
			for k, v := range s.Labels {
				set[k] = v
			}
			set["__name__"] = name
			for _, point := range s.Points {
				store.Append(set, backtest.Sample{T: point.Time.UnixMilli(), V: point.Value})
			}
		}
	}
	return nil
}
