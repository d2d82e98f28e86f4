package starter

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promapi"
)

// Server is what is asked of a Prometheus server.
type Server interface {
	Query(ctx context.Context, expr string, at time.Time) ([]promapi.Sample, error)
	Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]promapi.Series, error)
	Targets(ctx context.Context) ([]promapi.Target, error)
	About(ctx context.Context) (promapi.About, error)
}

// looksBack is the time over which traffic is counted: a week has its quietest and its busiest day.
const looksBack = 7 * 24 * time.Hour

// Discover puts into a proposal what a server knows: itself, the nodes of which it has our exporters' series, and the traffic
// of the last days. It returns what it found and what it did not, a line each.
func Discover(ctx context.Context, p *Proposal, server Server, now time.Time) ([]string, error) {
	var found []string
	about, err := server.About(ctx)
	if err != nil {
		return nil, err
	}
	found = append(found, p.adopt(about)...)
	targets, err := server.Targets(ctx)
	if err != nil {
		return nil, err
	}
	for _, tier := range []struct {
		what string
		up   *metric.Family
		into *Tier
	}{
		{"Kamailio", metric.KamailioKit.Up, &p.SIPProxies}, {"RTPEngine", metric.RTPEngineKit.Up, &p.MediaProxies}, {"Asterisk", metric.AsteriskKit.Up, &p.MediaServers},
	} {
		samples, err := server.Query(ctx, fmt.Sprintf("max by (job, instance) (last_over_time(%s[1h]))", tier.up.Name), now)
		if err != nil {
			return nil, err
		}
		nodes := nodesOf(samples, targets)
		if len(nodes) == 1 {
			found = append(found, fmt.Sprintf("%s: only %s, and a tier must survive the loss of a node", tier.what, nodes[0].Name))
		}
		if len(nodes) < fewestNodes {
			if tier.into == &p.SIPProxies {
				return found, fmt.Errorf("the server has %s of %d nodes, and a platform has two SIP proxies at least: start kamailio_exporter beside each, or answer questions instead", tier.up.Name, len(nodes))
			}
			found = append(found, tier.what+": left out")
			continue
		}
		tier.into.Nodes = nodes
		found = append(found, fmt.Sprintf("%s: %s", tier.what, tier.into.names()))
	}
	line, err := p.measure(ctx, server, now)
	return append(found, line), err
}

// adopt takes over what a server says about itself.
func (p *Proposal) adopt(about promapi.About) []string {
	var found []string
	if v := regexp.MustCompile(`^\d+\.\d+`).FindString(about.Version); v != "" {
		p.Version = v
		found = append(found, "Prometheus "+about.Version)
	} else {
		found = append(found, "the server's version is not known: "+p.Version+" is assumed")
	}
	if about.Retention >= fewestDays*24*time.Hour {
		p.Retention = about.Retention
	} else {
		found = append(found, "how long the server keeps data is not known, or less than a week: 30d is assumed")
	}
	if len(about.Alertmanagers) > 0 {
		p.Alertmanagers = about.Alertmanagers
	} else {
		found = append(found, "the server has no Alertmanager: "+strings.Join(p.Alertmanagers, ", ")+" is assumed")
	}
	return found
}

// nodesOf makes nodes of the series that say that a daemon answers, one for each instance, in the order of their names.
func nodesOf(samples []promapi.Sample, targets []promapi.Target) []Node {
	var nodes []Node
	for _, s := range samples {
		instance := s.Labels["instance"]
		n := Node{Name: nodeName(instance)}
		at := slices.IndexFunc(targets, func(t promapi.Target) bool { return t.Instance == instance && t.Job == s.Labels["job"] })
		if at >= 0 {
			n.Address = hostPort(targets[at].URL)
		} else if instance != n.Name {
			n.Address = instance
		}
		if n.Name != "" && !slices.ContainsFunc(nodes, func(have Node) bool { return have.Name == n.Name }) {
			nodes = append(nodes, n)
		}
	}
	slices.SortFunc(nodes, func(a, b Node) int { return strings.Compare(a.Name, b.Name) })
	return nodes
}

// nodeName makes a node's name of an instance label: a machine's name alone, an address with hyphens.
func nodeName(instance string) string {
	const longest = 63
	host, _, found := strings.Cut(instance, ":")
	if !found || regexp.MustCompile(`[a-z]`).MatchString(host) {
		instance = host
	}
	name := regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(instance), "-")
	return strings.Trim(name[:min(len(name), longest)], "-")
}

// hostPort is where a target is scraped.
func hostPort(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// measure counts call attempts by the hour. Hours of which nothing is known do not count.
func (p *Proposal) measure(ctx context.Context, server Server, now time.Time) (string, error) {
	end := now.Truncate(time.Hour)
	expr := fmt.Sprintf("sum(increase(%s[1h]))", metric.KamailioCallSetupOutcomes.Name)
	series, err := server.Range(ctx, expr, end.Add(-looksBack+time.Hour), end, time.Hour)
	if err != nil {
		return "", err
	}
	low, high, hours := math.Inf(1), 0.0, 0
	for _, s := range series {
		for _, point := range s.Points {
			if math.IsNaN(point.Value) {
				continue
			}
			low, high, hours = min(low, point.Value), max(high, point.Value), hours+1
		}
	}
	const aDay = 24
	if hours < aDay || high < 1 {
		return fmt.Sprintf("traffic: %s tells of %d hours, which is too little: a guess is written", metric.KamailioCallSetupOutcomes.Name, hours), nil
	}
	p.PeakPerHour, p.TroughPerHour, p.Measured = int(math.Ceil(high)), int(low), time.Duration(hours)*time.Hour
	return fmt.Sprintf("traffic: %d to %d call attempts an hour in %d hours", p.TroughPerHour, p.PeakPerHour, hours), nil
}
