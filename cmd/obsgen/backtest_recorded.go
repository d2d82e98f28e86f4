package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
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
}

func (r *recordedOptions) given() bool { return r.file != "" || r.server != "" }

// replayRecorded replays recorded data through the rules of the spec or of files.
func (p *program) replayRecorded(ctx context.Context, o backtestOptions) error {
	files, err := p.rulesToReplay(o)
	if err != nil {
		return err
	}
	store, err := p.recorded(ctx, o.data, files)
	if err != nil {
		return err
	}
	first, last, ok := store.Span()
	if !ok {
		return errors.New("there is no data to replay")
	}
	fired, err := backtest.Replay(ctx, store, files, backtest.Options{Start: time.UnixMilli(first).UTC(), End: time.UnixMilli(last).UTC()})
	if err != nil {
		return err
	}
	if o.format == "json" {
		return backtest.WriteJSON(p.stdout, fired)
	}
	fmt.Fprintf(p.stdout, "%d alerts from %s to %s\n", len(fired), time.UnixMilli(first).UTC().Format(time.RFC3339), time.UnixMilli(last).UTC().Format(time.RFC3339))
	return backtest.WriteFirings(p.stdout, fired)
}

// rulesToReplay are the rules of the named files, or those that follow from the spec.
func (p *program) rulesToReplay(o backtestOptions) ([]rules.RuleFile, error) {
	var files []rules.RuleFile
	for _, name := range o.rules {
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
	if len(files) > 0 {
		return files, nil
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
	made, err := rules.Build(s, metric.NewCatalogue(metric.All()))
	if err != nil {
		return nil, err
	}
	return ruleFiles(made), nil
}

// withParts are the objective of a name and those that it is made of, in the order of the spec; none when there is no such.
func withParts(s *spec.Spec, name string) []spec.SLO {
	wanted, ok := s.Objective(name)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.SLOs), func(o spec.SLO) bool {
		return o.Name != name && !slices.ContainsFunc(wanted.SLI.Parts, func(p spec.Part) bool { return p.Name == o.Name })
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
