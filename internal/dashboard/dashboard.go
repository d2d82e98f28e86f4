// Package dashboard generates the Grafana boards of a platform: what they show follows from the spec, the metric
// catalogue and the recorded series, where it stands from a layout, and each board is held to package lint before it is
// handed out. It writes no file and knows no server.
package dashboard

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/dashboard/lint"
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/parallel"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// UIDPrefix begins the uid of every board, so that none can replace a board that somebody else made.
const UIDPrefix = "voipbin-obs-"

// Tag is on every board; menus of boards are made by it, and we know our own by it.
const Tag = "voipbin-obs"

// FolderTitle is the title of the Grafana folder for the boards of a domain.
func FolderTitle(domain string) string { return strings.TrimSpace("VoIPBIN " + domain) }

// FolderUIDPrefix begins the uid of each folder of ours: folders and boards share one space of uids on a server.
const FolderUIDPrefix = UIDPrefix + "folder-"

// File is one generated board.
type File struct {
	Path string // with slashes, relative to the repository's root
	UID  string
	// Folder is the title of the Grafana folder in which the board belongs: its domain.
	Folder string
	JSON   []byte
	// Panels are the ids of the panels on it that alerts are about, by alert.
	Panels map[string]uint
	// Titles are its own by its uid, and those of its panels by the end of their address: uid?viewPanel=id.
	Titles map[string]string
}

// Build generates all boards of a spec whose metrics are in the catalogue and whose rules are made. The error is
// diag.Problems where the spec is at fault; any other error, lint.Problems among them, is a mistake in this package.
func Build(s *spec.Spec, cat *metric.Catalogue, made *rules.Output) ([]File, error) {
	m, files, envelopes, err := outline(s, cat, made)
	if err != nil {
		return nil, err
	}
	if err := encode(files, envelopes); err != nil {
		return nil, err
	}
	if err := m.judge(files); err != nil {
		return nil, err
	}
	return files, nil
}

// Outline is Build without the boards' JSON, and without judging them, which is most of the work: for links to boards that nobody writes.
func Outline(s *spec.Spec, cat *metric.Catalogue, made *rules.Output) ([]File, error) {
	_, files, _, err := outline(s, cat, made)
	return files, err
}

// outline makes boards, and files of them that have no JSON yet.
func outline(s *spec.Spec, cat *metric.Catalogue, made *rules.Output) (*maker, []File, []grafana.Board, error) {
	m := newMaker(s, promql.NewMemory(made.Checker(cat, s)), made)
	m.catalogue = cat
	m.all = m.boards()
	boards := m.all
	if err := explained(s, boards); err != nil {
		return nil, nil, nil, err
	}
	files, envelopes := make([]File, len(boards)), make([]grafana.Board, len(boards))
	for i, b := range boards {
		envelopes[i] = m.envelope(b)
		files[i] = File{Path: "dashboards/" + b.name + ".json", UID: envelopes[i].UID, Folder: b.folder, Panels: m.panelsOf(envelopes[i]), Titles: titlesOf(envelopes[i])}
	}
	if err := errors.Join(m.mistakes...); err != nil {
		return nil, nil, nil, fmt.Errorf("boards: %w", err)
	}
	return m, files, envelopes, nil
}

// encode fills in the JSON of files.
func encode(files []File, envelopes []grafana.Board) error {
	errs := make([]error, len(files))
	parallel.Each(len(files), func(i int) { files[i].JSON, errs[i] = grafana.Encode(envelopes[i]) })
	return errors.Join(errs...)
}

// judge holds boards to what ours are held to.
func (m *maker) judge(files []File) error {
	sources := make([]lint.Source, len(files))
	for i, f := range files {
		sources[i] = lint.Source{Path: f.Path, JSON: f.JSON}
	}
	return lint.Run(m.held, sources).Err()
}

// boards are the boards of what the spec describes.
func (m *maker) boards() []board {
	list := []board{overview(m), fleet(m), kamailio(m)}
	if len(m.spec.Platform.MediaProxies.Nodes) > 0 {
		list = append(list, rtpengine(m))
	}
	if len(m.spec.Platform.MediaServers.Nodes) > 0 {
		list = append(list, asterisk(m))
	}
	list = append(list, calls(m))
	if m.probed() || slices.ContainsFunc(m.spec.SLOs, func(o spec.SLO) bool { return o.Dashboard == edgeName }) {
		list = append(list, sipEdge(m))
	}
	if m.spec.Recovery.Described() {
		list = append(list, recovery(m))
	}
	if m.spec.Services.Described() {
		if m.spec.Profile.Has(spec.PartKubernetes) {
			list = append(list, serviceHealth(m), errorRates(m), kubernetes(m))
		} else {
			list = append(list, processHealth(m), errorRates(m))
		}
	}
	if len(m.made("HostMissing")) > 0 {
		list = append(list, hosts(m))
	}
	if len(m.spec.SLOs) > 0 {
		list = append(list, sloDetail(m))
	}
	list = append(list, monitoring(m), capacity(m))
	if len(m.made("RightSizingDue")) > 0 {
		list = append(list, rightSizing(m))
	}
	if len(m.made("LoadBalancerUnreachable")) > 0 {
		list = append(list, network(m))
	}
	return append(list, stores(m)...)
}

// stores are the boards of what holds data.
func stores(m *maker) []board {
	var list []board
	if m.spec.Stores.MySQL.Described() {
		list = append(list, mysql(m))
	}
	if m.spec.Stores.Redis.Described() {
		list = append(list, redis(m))
	}
	if len(m.spec.Stores.RabbitMQ.Nodes) > 0 {
		list = append(list, rabbitmq(m), queues(m))
	}
	return list
}

// explained judges the boards that objectives name.
func explained(s *spec.Spec, boards []board) error {
	names := make([]string, len(boards))
	for i, b := range boards {
		names[i] = b.name
	}
	problems := diag.Problems{}
	for _, o := range s.SLOs {
		if o.Dashboard != "" && !slices.Contains(names, o.Dashboard) {
			what := fmt.Sprintf("objective %q names the board %q, which there is not", o.Name, o.Dashboard)
			problems = append(problems, diag.At(o.Pos, what, "boards are "+strings.Join(names, ", ")))
		}
	}
	return problems.Err()
}

// slowJobs are the jobs that are scraped less often than the server scrapes by default.
func (m *maker) slowJobs() map[string]time.Duration {
	slow := map[string]time.Duration{}
	for _, j := range m.spec.Scrape.Jobs {
		if j.Interval > m.spec.Platform.Prometheus.ScrapeInterval {
			slow[j.Name] = j.Interval
		}
	}
	return slow
}

// lintConfig is what our boards are held to.
func (m *maker) lintConfig() lint.Config {
	hues := panel.Hues()
	colours := make([]string, len(hues))
	for i, h := range hues {
		colours[i] = string(h)
	}
	runbooks := make([]string, len(m.alerts))
	for i, a := range m.alerts {
		runbooks[i] = m.spec.Platform.RunbookURL + a.Name + ".md"
	}
	return lint.Config{
		Checker: m.checker, UIDPrefix: UIDPrefix, Tag: Tag, ScrapeInterval: m.spec.Platform.Prometheus.ScrapeInterval, SlowJobs: m.slowJobs(), Colours: colours,
		Schemes: []string{panel.Cividis}, ExemplarColour: panel.ExemplarColor,
		RunbookPrefix: m.spec.Platform.RunbookURL, Runbooks: runbooks,
	}
}
