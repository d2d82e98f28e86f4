package scrapecfg

import (
	"maps"
	"slices"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/spec"
)

// Labels that targets carry besides job.
const (
	instanceLabel = "instance"
	nodeLabel     = "node"
	regionLabel   = "region"
)

// Targets says where the parts of the platform are found.
type Targets struct {
	Kamailio      []Target
	Prometheus    string   // host:port of the server itself
	Alertmanagers []string // host:port
	// Webhook is the address of a Slack-format webhook that replaces every receiver's, or "".
	Webhook string
}

// Target is one exporter and the labels that Prometheus puts on its series.
type Target struct {
	Address string // host:port
	Labels  map[string]string
}

// SpecTargets returns where the spec says that things are. Prometheus scrapes itself on its default port.
func SpecTargets(p spec.Platform) Targets {
	t := Targets{Prometheus: "localhost:9090", Alertmanagers: p.Prometheus.Alertmanagers}
	for _, n := range p.SIPProxies.Nodes {
		t.Kamailio = append(t.Kamailio, Target{Address: p.SIPProxies.Target(n), Labels: nodeLabels(n)})
	}
	return t
}

// nodeLabels are the labels of what is scraped on a node.
func nodeLabels(n spec.Node) map[string]string {
	return map[string]string{instanceLabel: n.Name, nodeLabel: n.Name, regionLabel: n.Region}
}

// ReadTargets reads a file that says where the parts of a platform are found when they are not where the spec says, as in a
// laboratory. A target whose instance label is a node of the spec gets that node's labels too. Problems go to the report.
//
//	kamailio:
//	  - address: 127.0.0.1:9494
//	    labels: {instance: kamailio-1}
//	prometheus: 127.0.0.1:9090
//	alertmanager: 127.0.0.1:9093
//	webhook: http://127.0.0.1:9999/slack   # optional
func ReadTargets(report *config.Report, file string, data []byte, p spec.Platform) Targets {
	return config.Decode(report, file, data, func(m *config.Map) Targets {
		kamailio := m.Required("kamailio")
		t := Targets{
			Kamailio:      config.Objects(kamailio, func(m *config.Map) Target { return decodeTarget(m, p) }),
			Prometheus:    spec.HostPort(m.Required("prometheus")),
			Alertmanagers: []string{spec.HostPort(m.Required("alertmanager"))},
			Webhook:       spec.WebAddress(m.Optional("webhook")),
		}
		if t.Kamailio != nil && len(t.Kamailio) == 0 {
			kamailio.Reject("no targets", "name one at least")
		}
		return t
	})
}

// decodeTarget decodes one exporter.
func decodeTarget(m *config.Map, p spec.Platform) Target {
	t := Target{Address: spec.HostPort(m.Required("address")), Labels: map[string]string{}}
	for _, e := range m.Optional("labels").Entries() {
		t.Labels[e.Key.String()] = e.Value.String()
	}
	for _, n := range p.SIPProxies.Nodes {
		if n.Name == t.Labels[instanceLabel] {
			given := t.Labels
			t.Labels = nodeLabels(n)
			maps.Copy(t.Labels, given)
		}
	}
	return t
}

// Nodes returns the nodes of a tier that the targets name by their instance labels, or all when they name none. A laboratory
// that runs one of three proxies must not hear that two are missing.
func (t Targets) Nodes(all []spec.Node) []spec.Node {
	var named []spec.Node
	for _, n := range all {
		if slices.ContainsFunc(t.Kamailio, func(k Target) bool { return k.Labels[instanceLabel] == n.Name }) {
			named = append(named, n)
		}
	}
	if named == nil {
		return all
	}
	return named
}

// kamailioGroups are the scrape groups of the Kamailio job: one a target, since each has labels of its own.
func (t Targets) kamailioGroups() []Group {
	groups := make([]Group, len(t.Kamailio))
	for i, k := range t.Kamailio {
		groups[i] = Group{Targets: []string{k.Address}, Labels: k.Labels}
	}
	return groups
}
