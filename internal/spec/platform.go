// Package spec is the description of a platform that people write in spec/: its tiers, objectives, alert thresholds and
// routes, checked for what can be known without looking at the running platform. It generates nothing.
package spec

import (
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/voipbin/observability/internal/diag"
)

// Spec is everything that is described, read from the files of one spec folder.
type Spec struct {
	Platform Platform
	SLOs     []SLO
	Alerts   Alerts
	Recovery Recovery // empty where nothing is said of it, as those below
	Services Services
	Stores   Stores
	Network  Network
	Delivery Delivery
	Profile  Profile
	Scrape   Scrape // empty where others scrape
	// Inventory is what was promised, and what watches each of it.
	Inventory Inventory
}

// Objective returns the objective of a name, and false when there is none.
func (s *Spec) Objective(name string) (SLO, bool) {
	for _, o := range s.SLOs {
		if o.Name == name {
			return o, true
		}
	}
	return SLO{}, false
}

// Platform is spec/platform.yaml.
type Platform struct {
	Name         string
	GrafanaURL   string // prefix of each board's address, with a slash at its end; "" leaves paths in the links
	RunbookURL   string // prefix of each runbook's address; the alert's name and ".md" follow
	Regions      []Region
	Prometheus   Prometheus
	SIPProxies   SIPProxyTier
	MediaProxies MediaProxyTier  // without nodes where the platform has none
	MediaServers MediaServerTier // without nodes where the platform has none
	SIPProber    SIPProber       // without addresses where nobody probes
	// Boards are the titles of the boards that the platform's documentation promises.
	Boards      []string
	Pos         diag.Position
	Description string
}

// Region is one place where the platform runs.
type Region struct {
	Name string
	Role string // primary or standby
	Pos  diag.Position
}

// Prometheus is the server that scrapes the platform and evaluates the rules.
type Prometheus struct {
	Version            Version  // for example 3.16
	Features           []string // that it is started with beyond its defaults, as --enable-feature names them
	ScrapeInterval     time.Duration
	EvaluationInterval time.Duration
	Retention          time.Duration
	StorageBytes       int64
	Alertmanagers      []string // host:port
	// BytesPerSample is what a sample takes on the disk, compressed and with its share of the index.
	BytesPerSample float64
	// Series are about how many series one target of a part has.
	Series []SeriesLoad
	// Plain keeps anchored ranges out of the rules: they are for another engine, which does not know them. It is not part of the file.
	Plain bool
	Pos   diag.Position
}

// SeriesLoad is about how many series one target of a kind has.
type SeriesLoad struct {
	Kind   string // of SeriesKinds
	Series int
	Pos    diag.Position
}

// SeriesPerTarget is about how many series one target of a kind has; 0 where it is not stated.
func (p Prometheus) SeriesPerTarget(kind string) int {
	for _, s := range p.Series {
		if s.Kind == kind {
			return s.Series
		}
	}
	return 0
}

// Kinds of targets that are no parts of their own: the machine below a part, and what Kubernetes tells of one pod.
const (
	SeriesHost = "host"
	SeriesPod  = "pod"
)

// SeriesKinds lists the kinds of targets whose series are counted.
func SeriesKinds() []string {
	return []string{
		PartServices, PartSIPProxies, PartMediaServers, PartMediaProxies, PartMySQL, PartRedis, PartRabbitMQ, PartPrometheus, PartTrackers,
		SeriesHost, SeriesPod,
	}
}

// ExtendedRanges is the feature by which Prometheus from 3.7 on knows anchored ranges; from 3.16 on it needs no flag
// (https://prometheus.io/docs/prometheus/latest/feature_flags/).
const ExtendedRanges = "promql-extended-range-selectors"

// Anchored reports whether the server knows anchored ranges, with which an increase counts exactly.
func (p Prometheus) Anchored() bool {
	return !p.Plain && (p.Version.AtLeast(3, 16) || p.Version.AtLeast(3, 7) && slices.Contains(p.Features, ExtendedRanges))
}

// Version is a major and minor version number.
type Version struct{ Major, Minor int }

// AtLeast reports whether v is not older than major.minor.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// Tier is the machines of one kind, each with its exporter beside it.
type Tier struct {
	Nodes []Node
	// MetricsPort is where the exporter listens on each node, unless the node says otherwise.
	MetricsPort int
	// HostMetricsPort is where node_exporter listens on each node; 0 where the machines themselves are not watched.
	HostMetricsPort int
	Machine         Machine // empty where it is not stated
	Pos             diag.Position
}

// SIPProxyTier is the Kamailio tier: nodes of one size behind the SIP load balancer.
type SIPProxyTier struct {
	Tier
	// CallsPerNode is how many concurrent calls one node is sized for.
	CallsPerNode int
}

// MediaProxyTier is the RTPEngine tier: nodes of one size among which the SIP proxies choose.
type MediaProxyTier struct {
	Tier
	// StreamsPerNode is how many media streams one node is sized for; a call between two parties has two.
	StreamsPerNode int
	// RTPPorts are the UDP ports from which each node takes those of its streams; empty where it is not stated.
	RTPPorts PortRange
	RTPPos   diag.Position
}

// MediaServerTier is the Asterisk tier: nodes of one size in farms that cannot stand in for each other.
type MediaServerTier struct {
	Tier
	// Trunks are the ways to other networks that carry so many calls and no more; none where they are not stated.
	Trunks []Trunk
	// CallsPerNode is how many concurrent calls one node is sized for.
	CallsPerNode int
	// RTPPorts are the UDP ports from which each node takes those of its streams; empty where it is not stated.
	RTPPorts PortRange
	RTPPos   diag.Position
}

// Trunk is a way to another network for a number of calls at once.
type Trunk struct {
	Endpoint string // of Asterisk, by which its channels are counted
	Channels int    // that may be in use at once
	Pos      diag.Position
}

// Farms returns the names of the farms in the order in which the nodes name them.
func (t MediaServerTier) Farms() []string {
	var farms []string
	for _, n := range t.Nodes {
		if !slices.Contains(farms, n.Farm) {
			farms = append(farms, n.Farm)
		}
	}
	return farms
}

// Farm returns the nodes of a farm.
func (t MediaServerTier) Farm(name string) []Node {
	return slices.DeleteFunc(slices.Clone(t.Nodes), func(n Node) bool { return n.Farm != name })
}

// SIPProber is what calls the platform from outside, as its customers do.
type SIPProber struct {
	Addresses []string // host:port of each sip_exporter
	Probes    []string // names of the targets in their configuration, each of which must be seen
	Pos       diag.Position
}

// Node is one machine of a tier. Its name is also the instance label of what is scraped on it, so that a series keeps its
// name when the machine gets another address.
type Node struct {
	Name    string
	Region  string
	Address string // host or host:port of the exporter; host alone takes the tier's port
	// Control is a media proxy's control address as Kamailio's rtpengine_sock has it, or "" if no proxy is to be asked.
	Control string
	// SIP is a media server's address as Kamailio's dispatcher has it, or "" if no proxy is to be asked.
	SIP string
	// Farm is the group of media servers that it belongs to, and the farm label of its series; empty elsewhere.
	Farm string
	Pos  diag.Position
}

// Target is the host:port of a node's exporter.
func (t Tier) Target(n Node) string {
	if _, _, err := net.SplitHostPort(n.Address); err == nil {
		return n.Address
	}
	return net.JoinHostPort(n.Address, strconv.Itoa(t.MetricsPort))
}
