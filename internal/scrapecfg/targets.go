package scrapecfg

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// Labels that targets carry besides job.
const (
	instanceLabel = "instance"
	nodeLabel     = "node"
	regionLabel   = "region"
	farmLabel     = "farm"
)

// Targets says where the parts of the platform are found.
type Targets struct {
	Kamailio      []Target
	RTPEngine     []Target // none where the platform, or the laboratory, has no media proxies
	Asterisk      []Target // likewise
	SIP           []string // host:port of each sip_exporter, whose targets Prometheus asks it for
	Probes        []string // what they probe, where that is not what the spec says
	Trackers      []Target // none where the platform, or the laboratory, has none
	Services      []Target // none where a cluster lists their pods
	Prometheus    string   // host:port of the server itself
	Alertmanagers []string // host:port
	// Scrape is everything else that is scraped; nothing in a laboratory.
	Scrape spec.Scrape
	// Unmeasured are objectives of which nobody there tells anything.
	Unmeasured []string
	// Webhook is the address of a Slack-format webhook that replaces every receiver's, or "".
	Webhook string
	// Only is true where what is not named is not there: in a laboratory, which has none of the spec's stores.
	Only bool
}

// Target is one exporter and the labels that Prometheus puts on its series.
type Target struct {
	Address string // host:port
	Labels  map[string]string
	Control string // of a media proxy, where it is not the one in the spec
	SIP     string // of a media server, where it is not the one in the spec
}

// SpecTargets returns where the spec says that things are. Prometheus scrapes itself on its default port.
func SpecTargets(p spec.Platform, r spec.Recovery) Targets {
	t := Targets{Prometheus: "localhost:9090", Alertmanagers: p.Prometheus.Alertmanagers}
	t.Kamailio, t.RTPEngine = tierTargets(p.SIPProxies.Tier), tierTargets(p.MediaProxies.Tier)
	t.Asterisk, t.SIP = tierTargets(p.MediaServers.Tier), p.SIPProber.Addresses
	t.Trackers = tierTargets(r.Trackers)
	return t
}

// ServiceTargets are the services of a platform without a cluster: each answers under its name, on its port for metrics. Their series carry what
// those of a pod do, so that the same rules read them.
func ServiceTargets(s spec.Services) []Target {
	var targets []Target
	for _, o := range s.List {
		if port := o.Port(spec.MetricsPort); port > 0 {
			labels := map[string]string{s.Label: o.Attribution, instanceLabel: o.Name}
			targets = append(targets, Target{Address: net.JoinHostPort(o.Name, strconv.Itoa(port)), Labels: labels})
		}
	}
	return targets
}

// tierTargets are the exporters of a tier.
func tierTargets(tier spec.Tier) []Target {
	var targets []Target
	for _, n := range tier.Nodes {
		targets = append(targets, Target{Address: tier.Target(n), Labels: nodeLabels(n)})
	}
	return targets
}

// nodeLabels are the labels of what is scraped on a node.
func nodeLabels(n spec.Node) map[string]string {
	labels := map[string]string{instanceLabel: n.Name, nodeLabel: n.Name, regionLabel: n.Region}
	if n.Farm != "" {
		labels[farmLabel] = n.Farm
	}
	return labels
}

// ReadTargets reads a file that says where the parts of a platform are found when they are not where the spec says, as in a
// laboratory. A target whose instance label is a node of the spec gets that node's labels too. Problems go to the report.
//
//	kamailio:
//	  - address: 127.0.0.1:9494
//	    labels: {instance: kamailio-1}
//	rtpengine:                             # optional: without it there is none
//	  - address: 127.0.0.1:9742
//	    labels: {instance: rtpengine-1}
//	    control: udp:127.0.0.1:22222       # optional: replaces the node's
//	asterisk:                              # optional
//	  - address: 127.0.0.1:9815
//	    labels: {instance: asterisk-1}
//	    sip: sip:127.0.0.1:5080            # optional: replaces the node's
//	sip: [{address: 127.0.0.1:9743, probes: [echo]}]   # optional: sip_exporters, and what each probes
//	tracker: [{address: 127.0.0.1:9745, labels: {instance: tracker-dr}}]   # optional
//	prometheus: 127.0.0.1:9090
//	alertmanager: 127.0.0.1:9093
//	webhook: http://127.0.0.1:9999/slack   # optional
//	unmeasured: [media_quality]            # optional: objectives without rules, as nobody there tells what they count
func ReadTargets(report *config.Report, file string, data []byte, s *spec.Spec) Targets {
	p, r := s.Platform, s.Recovery
	return config.Decode(report, file, data, func(m *config.Map) Targets {
		kamailio := m.Required("kamailio")
		t := Targets{
			Kamailio: config.Objects(kamailio, func(m *config.Map) Target { return decodeTarget(m, p.SIPProxies.Tier) }),
			RTPEngine: config.Objects(m.Optional("rtpengine"), func(m *config.Map) Target {
				engine := decodeTarget(m, p.MediaProxies.Tier)
				engine.Control = m.Optional("control").String()
				return engine
			}),
			Asterisk: config.Objects(m.Optional("asterisk"), func(m *config.Map) Target {
				server := decodeTarget(m, p.MediaServers.Tier)
				server.SIP = m.Optional("sip").String()
				return server
			}),
			Trackers:      config.Objects(m.Optional("tracker"), func(m *config.Map) Target { return decodeTarget(m, r.Trackers) }),
			Prometheus:    spec.HostPort(m.Required("prometheus")),
			Alertmanagers: []string{spec.HostPort(m.Required("alertmanager"))},
			Webhook:       spec.WebAddress(m.Optional("webhook")),
			Unmeasured:    config.List(m.Optional("unmeasured"), func(v config.Value) string { return objective(v, s.SLOs) }),
			Only:          true,
		}
		for _, prober := range config.Objects(m.Optional("sip"), decodeProber) {
			t.SIP, t.Probes = append(t.SIP, prober.Addresses...), append(t.Probes, prober.Probes...)
		}
		if t.Kamailio != nil && len(t.Kamailio) == 0 {
			kamailio.Reject("no targets", "name one at least")
		}
		return t
	})
}

// objective is the name of one that the spec has, or of a grouping.
func objective(v config.Value, all []spec.SLO) string {
	names := spec.Names(all)
	name := v.String()
	if !slices.Contains(names, name) {
		v.Reject(fmt.Sprintf("there is no objective %q", name), diag.DidYouMean(name, names))
	}
	return name
}

// decodeProber decodes a sip_exporter and what it probes.
func decodeProber(m *config.Map) spec.SIPProber {
	return spec.SIPProber{
		Addresses: []string{spec.HostPort(m.Required("address"))},
		Probes:    config.List(m.Required("probes"), func(v config.Value) string { return v.String() }),
	}
}

// decodeTarget decodes one exporter of a tier.
func decodeTarget(m *config.Map, tier spec.Tier) Target {
	t := Target{Address: spec.HostPort(m.Required("address")), Labels: map[string]string{}}
	for _, e := range m.Optional("labels").Entries() {
		t.Labels[e.Key.String()] = e.Value.String()
	}
	for _, n := range tier.Nodes {
		if n.Name == t.Labels[instanceLabel] {
			given := t.Labels
			t.Labels = nodeLabels(n)
			maps.Copy(t.Labels, given)
		}
	}
	return t
}

// Present returns the platform as far as the targets have it: a laboratory that runs one of three proxies must not hear that
// two are missing. Where no target names a SIP proxy of the spec all are taken to be there.
func (t Targets) Present(p spec.Platform) spec.Platform {
	if named := present(p.SIPProxies.Nodes, t.Kamailio); named != nil {
		p.SIPProxies.Nodes = named
	}
	p.MediaProxies.Nodes = present(p.MediaProxies.Nodes, t.RTPEngine)
	p.MediaServers.Nodes = present(p.MediaServers.Nodes, t.Asterisk)
	p.SIPProber.Addresses = t.SIP
	switch {
	case len(t.SIP) == 0:
		p.SIPProber.Probes = nil
	case t.Probes != nil:
		p.SIPProber.Probes = t.Probes
	}
	return p
}

// present returns the nodes that targets name by their instance labels, with the addresses that the targets give.
func present(all []spec.Node, targets []Target) []spec.Node {
	var named []spec.Node
	for _, n := range all {
		i := slices.IndexFunc(targets, func(t Target) bool { return t.Labels[instanceLabel] == n.Name })
		if i < 0 {
			continue
		}
		n.Control, n.SIP = cmp.Or(targets[i].Control, n.Control), cmp.Or(targets[i].SIP, n.SIP)
		named = append(named, n)
	}
	return named
}

// groups are the scrape groups of a job: one a target, since each has labels of its own.
func groups(targets []Target) []Group {
	list := make([]Group, len(targets))
	for i, k := range targets {
		list[i] = Group{Targets: []string{k.Address}, Labels: k.Labels}
	}
	return list
}
