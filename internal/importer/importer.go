// Package importer reads objectives that were written for other generators, and says what of them cannot be carried over.
// It generates no rules, and guesses nothing: what it does not know, such as the expected traffic, is left for people.
package importer

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// Formats lists what can be read.
func Formats() []string { return []string{"sloth", "pyrra", "openslo"} }

// SLO is an objective as it is written to slos.yaml.
type SLO struct {
	Name        string `yaml:"name"`
	Title       string `yaml:"title"`
	Description string `yaml:"description,omitempty"`
	Owner       string `yaml:"owner"`
	Tier        string `yaml:"tier"`
	Objective   string `yaml:"objective"`
	Period      string `yaml:"period"`
	// Grouping is nil for an objective that stands for itself.
	Grouping *Grouping `yaml:"grouping,omitempty"`
	SLI      SLI       `yaml:"sli"`
	Traffic  Traffic   `yaml:"traffic"`
}

// Grouping is by which label an objective has groups, and which.
type Grouping struct {
	By     string   `yaml:"by"`
	Values []string `yaml:"values"`
}

// SLI is an indicator as it is written to slos.yaml.
type SLI struct {
	Errors  string   `yaml:"errors,omitempty"`
	Good    string   `yaml:"good,omitempty"`
	Total   string   `yaml:"total,omitempty"`
	Latency *Latency `yaml:"latency,omitempty"`
	Probe   string   `yaml:"probe,omitempty"`
}

// Latency is a histogram with its threshold.
type Latency struct {
	Histogram string `yaml:"histogram"`
	Threshold string `yaml:"threshold"`
	Native    bool   `yaml:"native,omitempty"`
}

// Traffic is the expected traffic, which no other format states.
type Traffic struct {
	PeakPerHour   float64 `yaml:"peak_per_hour"`
	TroughPerHour float64 `yaml:"trough_per_hour"`
}

// File is the content of a slos.yaml.
type File struct {
	SLOs []SLO `yaml:"slos"`
}

// The values that stand for what is not known: they are valid, so that the file can be checked, and stick out.
const (
	unknownOwner = "nobody"
	unknownTier  = "unknown"
	usualPeriod  = "30d"
	unknownPeak  = 1000
)

// Source is one file of another format. It may hold several documents.
type Source struct {
	Name string // as problems call it
	Data []byte
}

// Read reads files of another format, which may refer to each other. Groups are the values of labels that objectives may be grouped by, which the
// files do not list. Problems that are warnings name what was not carried over, and what was put in because the files do not say it.
func Read(format string, groups map[string][]string, files ...Source) ([]SLO, diag.Problems) {
	var report config.Report
	r := &reader{report: &report, groups: groups, used: make(map[string]bool), indicators: make(map[string]SLI), wanted: make(map[int]config.Value)}
	var read func(*config.Map) struct{}
	switch format {
	case "sloth":
		read = r.sloth
	case "pyrra":
		read = r.pyrra
	case "openslo":
		read = r.openSLO
	default:
		report.Add(diag.Problem{What: fmt.Sprintf("there is no format %q", format), Hint: "formats are " + strings.Join(Formats(), ", ")})
		return nil, report.Problems()
	}
	for _, f := range files {
		config.DecodeEach(&report, f.Name, f.Data, read)
	}
	r.resolve()
	for _, label := range slices.Sorted(maps.Keys(groups)) {
		if !r.used[label] {
			r.left = append(r.left, diag.Problem{Warning: true, What: "nothing in these files is grouped by " + label, Hint: "pyrra's grouping names the label"})
		}
	}
	return r.slos, append(report.Problems(), r.left...)
}

// reader reads files of one format.
type reader struct {
	report *config.Report
	left   diag.Problems
	slos   []SLO
	// groups are the values of labels, and used are the labels that something is grouped by.
	groups map[string][]string
	used   map[string]bool
	// indicators are those that stand by themselves, by name, and wanted the names that objectives ask for, by the objective's place.
	indicators map[string]SLI
	wanted     map[int]config.Value
}

// resolve gives objectives the indicators that they name.
func (r *reader) resolve() {
	for i := range r.slos {
		name, ok := r.wanted[i]
		if !ok {
			continue
		}
		sli, found := r.indicators[name.Raw()]
		if !found {
			r.leave(name, fmt.Sprintf("the indicator %q", name.Raw()), "name the file that holds the SLI of that name as well")
			continue
		}
		r.slos[i].SLI = sli
	}
}

// add ends an objective, and says what of it was put in here. Of the period it is known from the file's own format whether it stands there.
func (r *reader) add(o SLO, at config.Value, statesPeriod bool) {
	var chosen []string
	if o.Owner == unknownOwner {
		chosen = append(chosen, "owner "+o.Owner)
	}
	if o.Tier == unknownTier {
		chosen = append(chosen, "tier "+o.Tier)
	}
	if !statesPeriod {
		chosen = append(chosen, "period "+o.Period)
	}
	chosen = append(chosen, fmt.Sprintf("traffic of %g to %g events an hour", o.Traffic.TroughPerHour, o.Traffic.PeakPerHour))
	r.left = append(r.left, diag.Problem{
		Pos: at.Pos(), Warning: true, What: fmt.Sprintf("the file does not say of %q what is chosen here: %s", o.Name, strings.Join(chosen, ", ")), Hint: "put your own in",
	})
	r.slos = append(r.slos, o)
}

// leave says that something is not carried over.
func (r *reader) leave(v config.Value, what, hint string) {
	if v.Present() {
		r.left = append(r.left, diag.Problem{Pos: v.Pos(), Warning: true, What: what + " is not carried over", Hint: hint})
	}
}

// pass takes keys as known that mean nothing to us.
func pass(m *config.Map, keys ...string) {
	for _, k := range keys {
		m.Optional(k)
	}
}

// named starts an objective. Owner and tier are looked for in the labels.
func (r *reader) named(name, service string, labels config.Value) SLO {
	o := SLO{
		Name: identifier(service, name), Title: strings.TrimSpace(service + " " + name), Owner: unknownOwner, Tier: unknownTier, Period: usualPeriod,
		Traffic: Traffic{PeakPerHour: unknownPeak},
	}
	for _, e := range labels.Entries() {
		switch e.Key.Raw() {
		case "owner", "team":
			o.Owner = strings.ReplaceAll(strings.ToLower(e.Value.Raw()), "_", "-")
		case "tier":
			o.Tier = identifier("", "tier_"+e.Value.Raw())
		default:
			r.leave(e.Key, fmt.Sprintf("label %q", e.Key.Raw()), "alerts carry slo, tier, owner and severity")
		}
	}
	return o
}

// identifier turns names into a lower_snake_case one.
func identifier(parts ...string) string {
	text := strings.ToLower(strings.Join(slices.DeleteFunc(slices.Clone(parts), func(s string) bool { return s == "" }), "_"))
	text = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(text, "_"), "_")
	if text == "" || text[0] < 'a' {
		text = "slo_" + text
	}
	return text
}

// counted turns a query over a window, of rates or increases, into one that counts.
func counted(query string) string {
	query = regexp.MustCompile(`\{\{-?\s*\.window\s*-?\}\}`).ReplaceAllString(query, "$$window")
	return strings.TrimSpace(regexp.MustCompile(`\b(rate|irate)\(`).ReplaceAllString(query, "increase("))
}

// percent writes an objective.
func percent(v config.Value) string { return strings.TrimSuffix(v.Raw(), "%") + "%" }

// period writes a period; one in weeks as days, as ours are written.
func period(v config.Value) string {
	text := v.Raw()
	if text == "" {
		return usualPeriod
	}
	if days, ok := strings.CutSuffix(text, "w"); ok {
		var n int
		if _, err := fmt.Sscanf(days, "%d", &n); err == nil {
			return config.FormatDuration(time.Duration(n) * 7 * 24 * time.Hour)
		}
	}
	return text
}
