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
}

// Build generates all boards of a spec whose metrics are in the catalogue and whose rules are made. The error is
// diag.Problems where the spec is at fault; any other error, lint.Problems among them, is a mistake in this package.
func Build(s *spec.Spec, cat *metric.Catalogue, made *rules.Output) ([]File, error) {
	m := newMaker(s, made.Checker(cat, s), made)
	m.all = m.boards()
	boards := m.all
	if err := explained(s, boards); err != nil {
		return nil, err
	}
	files, sources := make([]File, len(boards)), make([]lint.Source, len(boards))
	for i, b := range boards {
		envelope := m.envelope(b)
		json, err := grafana.Encode(envelope)
		if err != nil {
			return nil, err
		}
		files[i] = File{Path: "dashboards/" + b.name + ".json", UID: envelope.UID, Folder: b.folder, JSON: json, Panels: m.panelsOf(envelope)}
		sources[i] = lint.Source{Path: files[i].Path, JSON: json}
	}
	if err := errors.Join(m.mistakes...); err != nil {
		return nil, fmt.Errorf("boards: %w", err)
	}
	if err := lint.Run(m.held, sources).Err(); err != nil {
		return nil, err
	}
	return files, nil
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
	if m.spec.Recovery.Described() {
		list = append(list, recovery(m))
	}
	if m.spec.Services.Described() {
		list = append(list, serviceHealth(m), errorRates(m), kubernetes(m))
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
		RunbookPrefix: m.spec.Platform.RunbookURL, Runbooks: runbooks,
	}
}
