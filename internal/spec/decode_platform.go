package spec

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// Bounds of platform.yaml. A scrape interval above two minutes would leave the shortest alert window, five minutes, with fewer
// than the two scrapes that a counter's increase needs.
const (
	MinInterval      = time.Second
	MaxInterval      = 2 * time.Minute
	minRetention     = 24 * time.Hour
	minStorage       = 1 << 30
	maxCallsPerNode  = 1_000_000
	maxStreams       = 1_000_000
	kamailioPort     = 9494 // kamailio_exporter's registered port
	rtpenginePort    = 9742 // rtpengine_exporter's
	asteriskPort     = 9815 // asterisk_exporter's registered port
	minTierNodes     = 2
	oldestPrometheus = 2
	newestPrometheus = 99
	maxSeries        = 10_000_000
	standbyRole      = "standby" // of a region that waits for the loss of the primary one
	// Prometheus' documentation gives one to two bytes a sample; an index over many short-lived series adds to it
	// (https://prometheus.io/docs/prometheus/latest/storage/#operational-aspects).
	usualSampleBytes = 2
	minSampleBytes   = 0.5
	maxSampleBytes   = 64
)

// dnsLabel is the form of the names of machines, regions and receivers.
func dnsLabel(v config.Value) string {
	return v.Match(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`, "a name of lower-case letters, digits and hyphens")
}

// platform decodes platform.yaml.
func (l *loader) platform(m *config.Map) Platform {
	return Platform{
		Pos:          m.Pos(),
		Name:         dnsLabel(m.Required("name")),
		Description:  prose(m.Optional("description")),
		GrafanaURL:   webPrefix(m.Optional("grafana_url")),
		RunbookURL:   webPrefix(m.Required("runbook_url")),
		Regions:      l.regions(m.Required("regions")),
		Prometheus:   config.Object(m.Required("prometheus"), l.prometheus),
		SIPProxies:   config.Object(m.Required("sip_proxies"), l.sipProxies),
		MediaProxies: config.Object(m.Optional("media_proxies"), l.mediaProxies),
		MediaServers: config.Object(m.Optional("media_servers"), l.mediaServers),
		SIPProber:    config.Object(m.Optional("sip_prober"), l.sipProber),
		Boards: config.List(m.Optional("boards"), func(v config.Value) string {
			l.unique("board", v)
			return v.String()
		}),
	}
}

// webPrefix is an address to which a file's name is appended.
func webPrefix(v config.Value) string {
	s := WebAddress(v)
	if s != "" && !strings.HasSuffix(s, "/") {
		v.Reject(fmt.Sprintf("%q must end with a slash", s), "what it leads to is put right behind it")
	}
	return s
}

// regions decodes the list of regions. One region is primary; the others stand by.
func (l *loader) regions(v config.Value) []Region {
	regions := config.Objects(v, func(m *config.Map) Region {
		name := m.Required("name")
		l.unique("region", name)
		return Region{Pos: m.Pos(), Name: dnsLabel(name), Role: m.Required("role").Enum("primary", standbyRole)}
	})
	primaries := 0
	for _, r := range regions {
		if r.Role == "primary" {
			primaries++
		}
	}
	if regions != nil && primaries != 1 {
		v.Reject(fmt.Sprintf("%d regions are primary", primaries), "one region is primary, the others are standby")
	}
	return regions
}

// prometheus decodes the description of the Prometheus server.
func (l *loader) prometheus(m *config.Map) Prometheus {
	scrape, alertmanagers := interval(m.Required("scrape_interval")), m.Required("alertmanagers")
	p := Prometheus{
		Pos:                m.Pos(),
		Version:            version(m.Required("version")),
		Features:           config.List(m.Optional("features"), func(v config.Value) string { return v.Enum(ExtendedRanges) }),
		ScrapeInterval:     scrape,
		EvaluationInterval: cmp.Or(interval(m.Optional("evaluation_interval")), scrape),
		Retention:          m.Required("retention").Duration(minRetention, 0),
		StorageBytes:       m.Required("storage").Bytes(minStorage),
		Alertmanagers:      config.List(alertmanagers, HostPort),
		BytesPerSample:     cmp.Or(m.Optional("bytes_per_sample").Float(minSampleBytes, maxSampleBytes), usualSampleBytes),
		Series:             seriesLoads(m.Optional("series_per_target")),
	}
	if len(p.Features) > 0 && p.Version != (Version{}) && !p.Version.AtLeast(3, 7) {
		m.Optional("features").Reject(fmt.Sprintf("Prometheus %d.%d does not know the feature %s", p.Version.Major, p.Version.Minor, ExtendedRanges), "3.7 or newer, or no features: increases are then extrapolated")
	}
	if p.Alertmanagers != nil && len(p.Alertmanagers) == 0 {
		alertmanagers.Reject("no Alertmanagers", "name one at least: nobody would be told of an alert")
	}
	return p
}

// seriesLoads decodes about how many series a target of each kind has.
func seriesLoads(v config.Value) []SeriesLoad {
	if !v.Present() {
		return nil
	}
	entries := v.Entries()
	loads := make([]SeriesLoad, 0, len(entries))
	for _, e := range entries {
		loads = append(loads, SeriesLoad{Pos: e.Key.Pos(), Kind: e.Key.Enum(SeriesKinds()...), Series: e.Value.Int(1, maxSeries)})
	}
	return loads
}

// interval decodes how often something is done.
func interval(v config.Value) time.Duration {
	d := v.Duration(MinInterval, 0)
	if d > MaxInterval {
		v.Reject(v.Raw()+" is too long", "the shortest alert window is five minutes and must hold more than two scrapes: 2m at most")
	}
	return d
}

// version decodes a version of the form 3.16. It is read as written: 3.16 in YAML is a number, but means no number.
func version(v config.Value) Version {
	s := v.String()
	if !v.Present() || s == "" {
		return Version{}
	}
	parts := regexp.MustCompile(`^(\d{1,3})\.(\d{1,3})(\.\d{1,3})?$`).FindStringSubmatch(s)
	if parts == nil {
		v.Reject(fmt.Sprintf("%q is not a version", s), "major and minor number, such as 3.16")
		return Version{}
	}
	major, _ := strconv.Atoi(parts[1]) // one to three digits by the expression
	minor, _ := strconv.Atoi(parts[2])
	if major < oldestPrometheus || major > newestPrometheus {
		v.Reject(fmt.Sprintf("Prometheus %s is not supported", s), fmt.Sprintf("%d.0 or newer", oldestPrometheus))
	}
	return Version{Major: major, Minor: minor}
}

// sipProxies decodes the Kamailio tier.
func (l *loader) sipProxies(m *config.Map) SIPProxyTier {
	return SIPProxyTier{
		CallsPerNode: m.Required("calls_per_node").Int(1, maxCallsPerNode),
		Tier:         l.tier(m, kamailioPort, l.node),
	}
}

// mediaProxies decodes the RTPEngine tier.
func (l *loader) mediaProxies(m *config.Map) MediaProxyTier {
	rtp := m.Optional("rtp_ports")
	return MediaProxyTier{
		StreamsPerNode: m.Required("streams_per_node").Int(1, maxStreams),
		RTPPorts:       portRange(rtp), RTPPos: rtp.Pos(),
		Tier: l.tier(m, rtpenginePort, func(m *config.Map) Node {
			control := m.Optional("control")
			l.unique("control address", control)
			n := l.node(m)
			n.Control = controlAddress(control)
			return n
		}),
	}
}

// mediaServers decodes the Asterisk tier.
func (l *loader) mediaServers(m *config.Map) MediaServerTier {
	rtp := m.Optional("rtp_ports")
	return MediaServerTier{
		CallsPerNode: m.Required("calls_per_node").Int(1, maxCallsPerNode),
		Trunks: config.Objects(m.Optional("trunks"), func(m *config.Map) Trunk {
			endpoint := m.Required("endpoint")
			l.unique("trunk", endpoint)
			return Trunk{Pos: m.Pos(), Endpoint: endpoint.Match(`[A-Za-z0-9_.-]+`, "the name of an endpoint"), Channels: m.Required("channels").Int(1, maxCallsPerNode)}
		}),
		RTPPorts: portRange(rtp), RTPPos: rtp.Pos(),
		Tier: l.tier(m, asteriskPort, func(m *config.Map) Node {
			sip := m.Optional("sip")
			l.unique("SIP address", sip)
			n := l.node(m)
			n.SIP = sip.Match(`sips?:\S+`, "a SIP address such as sip:10.0.2.21:5060")
			n.Farm = dnsLabel(m.Required("farm"))
			return n
		}),
	}
}

// sipProber decodes who probes the platform from outside.
func (l *loader) sipProber(m *config.Map) SIPProber {
	addresses, probes := m.Required("addresses"), m.Required("probes")
	p := SIPProber{Pos: m.Pos(), Addresses: config.List(addresses, HostPort), Probes: config.List(probes, func(v config.Value) string {
		l.unique("node", v) // its instance label must be no other's
		return dnsLabel(v)
	})}
	if p.Addresses != nil && len(p.Addresses) == 0 {
		addresses.Reject("no addresses", "name one sip_exporter at least, or leave sip_prober out")
	}
	if p.Probes != nil && len(p.Probes) == 0 {
		probes.Reject("no probes", "name what must be probed: the targets of the prober's configuration")
	}
	return p
}

// tier decodes what all tiers have.
func (l *loader) tier(m *config.Map, usualPort int, node func(*config.Map) Node) Tier {
	nodes := m.Required("nodes")
	t := Tier{
		Pos:             m.Pos(),
		MetricsPort:     cmp.Or(m.Optional("metrics_port").Int(1, highestPortNumber), usualPort),
		HostMetricsPort: m.Optional("host_metrics_port").Int(1, highestPortNumber),
		Machine:         config.Object(m.Optional("machine"), machine),
		Nodes:           config.Objects(nodes, node),
	}
	if t.Nodes != nil && len(t.Nodes) < minTierNodes && (!l.smallTiers || len(t.Nodes) == 0) {
		nodes.Reject(fmt.Sprintf("want %d nodes at least, got %d", minTierNodes, len(t.Nodes)), "the tier must survive the loss of one node")
	}
	return t
}

// controlAddress decodes where a media proxy is controlled, in the form of Kamailio's rtpengine_sock.
func controlAddress(v config.Value) string {
	return v.Match(`(udp|udp6|tcp|tcp6|ws|wss):\S+:\d+`, "a control address such as udp:10.0.2.31:22222")
}

// node decodes one machine.
func (l *loader) node(m *config.Map) Node {
	name, region, address := m.Required("name"), m.Required("region"), m.Optional("address")
	l.unique("node", name)
	l.exists("region", region)
	return Node{
		Pos:     m.Pos(),
		Name:    dnsLabel(name),
		Region:  region.String(),
		Address: cmp.Or(host(address), name.Raw()),
	}
}
