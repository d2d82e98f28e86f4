package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/output"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
)

// generateOptions are the flags of generate.
type generateOptions struct {
	specDir, outDir string
	profile         string // empty is the default one
	check           bool
	allowShrink     bool
	targetsFile     string
	scrapeInterval  time.Duration // 0 takes the spec's
	target          string
	engine          *engine // nil is Prometheus
}

// errDifferent is the outcome of a comparison that found differences.
var errDifferent = errors.New(`the files are not what the spec says: run "obsgen generate"`)

// generate writes everything that follows from the spec, or compares it with what is there.
func generate(ctx context.Context, p *program, args []string) error {
	o := generateOptions{}
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	flags.StringVar(&o.specDir, "spec", "spec", "`folder` that describes the platform")
	flags.StringVar(&o.outDir, "out", ".", "`folder` to write to")
	flags.StringVar(&o.profile, "profile", "", "`name` of a profile in the spec's folder profiles; any but "+spec.DefaultProfile+" needs a folder of its own")
	flags.BoolVar(&o.check, "check", false, "write nothing; print the differences and fail if there are any")
	flags.BoolVar(&o.allowShrink, "allow-shrink", false, "write even if more than a fifth of all rules would go")
	flags.StringVar(&o.targetsFile, "targets", "", "`file` that says where exporters, servers and webhook are found, instead of where\nthe spec says; no rule misses a node that it does not name; - reads standard input")
	flags.Func("scrape-interval", "scrape and evaluate at this interval instead of the spec's, for example 1s", func(s string) (err error) {
		o.scrapeInterval, err = config.ParseDuration(s)
		if err == nil && (o.scrapeInterval < spec.MinInterval || o.scrapeInterval > spec.MaxInterval) {
			err = fmt.Errorf("must be from %s to %s", config.FormatDuration(spec.MinInterval), config.FormatDuration(spec.MaxInterval))
		}
		return err
	})
	flags.StringVar(&o.target, "target", prometheusTarget, "`engine` that evaluates the rules: "+strings.Join(targetNames(), ", ")+";\nfor another than prometheus only what differs is written, and -out names a folder of its own")
	about := "Writes rules, their tests, boards, the configuration of Prometheus and Alertmanager, runbooks and the metric\n" +
		"reference. All files are written or none. Files that were changed by hand are neither overwritten nor deleted."
	if err := p.parse(flags, about, args); err != nil {
		return err
	}
	if o.profile != "" && o.profile != spec.DefaultProfile && filepath.Clean(o.outDir) == "." {
		return usageError{what: "generate: the files here are those of profile " + spec.DefaultProfile, hint: "name another folder for profile " + o.profile + ": -out"}
	}
	var err error
	if o.engine, err = engineOf(o.target, o.outDir); err != nil {
		return err
	}
	made, err := p.build(o)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.check {
		return p.compare(o.outDir, made.files)
	}
	return p.write(o, made)
}

// build reads the spec, and the targets if there are any, and returns all files.
func (p *program) build(o generateOptions) (*assembly, error) {
	s, err := p.load(o.specDir, o.profile)
	if err != nil {
		return nil, err
	}
	if o.scrapeInterval > 0 {
		s.Platform.Prometheus.ScrapeInterval = o.scrapeInterval
		s.Platform.Prometheus.EvaluationInterval = o.scrapeInterval
	}
	targets := specTargets(s)
	if o.targetsFile != "" {
		if targets, err = p.readTargets(o.targetsFile, s); err != nil {
			return nil, err
		}
	}
	gather := assemble
	if o.engine != nil {
		gather = func(s *spec.Spec, targets scrapecfg.Targets) (*assembly, error) {
			return assembleFor(o.engine, s, targets)
		}
	}
	result, err := gather(s, targets)
	if err != nil {
		return nil, err
	}
	if o.engine == nil && o.targetsFile == "" {
		if err := result.elsewhere(o.specDir, s.Profile.Name); err != nil {
			return nil, err
		}
	}
	p.printProblems(result.warnings)
	return result, nil
}

// load reads a spec folder with a profile and prints its warnings.
func (p *program) load(dir, profile string) (*spec.Spec, error) {
	s, problems := spec.LoadProfile(os.DirFS(dir), dir, profile)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	p.printProblems(problems)
	return s, nil
}

// specTargets says where the spec says that things are.
func specTargets(s *spec.Spec) scrapecfg.Targets {
	t := scrapecfg.SpecTargets(s.Platform, s.Recovery)
	t.Scrape = s.Scrape
	if !s.Profile.Has(spec.PartKubernetes) {
		t.Services = scrapecfg.ServiceTargets(s.Services)
	}
	return t
}

// readTargets reads the file of targets, or standard input for "-".
func (p *program) readTargets(name string, described *spec.Spec) (scrapecfg.Targets, error) {
	data, err := p.readInput(name)
	if err != nil {
		return scrapecfg.Targets{}, fmt.Errorf("read targets: %w", err)
	}
	var report config.Report
	targets := scrapecfg.ReadTargets(&report, name, data, described)
	return targets, report.Problems().Err()
}

// readInput returns the content of a file, or of standard input for "-".
func (p *program) readInput(name string) ([]byte, error) {
	if name == "-" {
		return config.Read(p.stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := config.Read(f)
	return data, errors.Join(err, f.Close())
}

// compare prints how the tree differs from the files.
func (p *program) compare(dir string, files []output.File) error {
	return plan(output.Open, dir, files, func(changes *output.Plan) error {
		if len(changes.Changes()) == 0 {
			fmt.Fprintf(p.stderr, "%d files are up to date\n", len(files))
			return nil
		}
		for _, c := range changes.Changes() {
			if err := writeChange(p.stdout, c); err != nil {
				return fmt.Errorf("write differences: %w", err)
			}
		}
		return errDifferent
	})
}

// write brings the tree into step with the files and says what it did.
func (p *program) write(o generateOptions, made *assembly) error {
	return plan(output.OpenForWriting, o.outDir, made.files, func(changes *output.Plan) error {
		if !o.allowShrink {
			if err := shrinking(made.rules, changes.Changes()); err != nil {
				return err
			}
		}
		if err := changes.Apply(); err != nil {
			return err
		}
		written, deleted := 0, 0
		for _, c := range changes.Changes() {
			switch {
			case c.Path == output.ManifestName:
			case c.Deletes():
				deleted++
				fmt.Fprintf(p.stderr, "deleted %s\n", c.Path)
			default:
				written++
				fmt.Fprintf(p.stderr, "wrote %s\n", c.Path)
			}
		}
		fmt.Fprintf(p.stderr, "%d files: %d written, %d up to date, %d deleted\n", len(made.files), written, len(made.files)-written, deleted)
		return nil
	})
}

// shrinking is an error when more than a fifth of the rules would go, of which so many would be left: a spec that lost most
// of itself by accident leaves nobody to say so.
func shrinking(after int, changes []output.Change) error {
	rules := func(of func() ([]byte, error)) (int, error) {
		data, err := of()
		return bytes.Count(data, []byte("\n      - record: ")) + bytes.Count(data, []byte("\n      - alert: ")), err
	}
	before := after
	for _, c := range changes {
		if !strings.HasPrefix(c.Path, "rules/") {
			continue
		}
		had, err := rules(c.Old)
		if err != nil {
			return err
		}
		has, err := rules(c.New)
		if err != nil {
			return err
		}
		before += had - has
	}
	if 5*after < 4*before {
		return fmt.Errorf("of %d rules %d would be left: if that is meant, say -allow-shrink", before, after)
	}
	return nil
}

// plan opens a tree, compares it with the files, and hands over what has to change.
func plan(open func(dir string) (*output.Tree, error), dir string, files []output.File, use func(*output.Plan) error) (err error) {
	tree, err := open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	changes, err := tree.Compare(files)
	if err != nil {
		return err
	}
	return use(changes)
}
