package lint

import (
	"fmt"
	"regexp"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/spec"
)

// mirroringVersion finds a mirroring policy that the broker does not know any more: RabbitMQ 4.0 removed mirroring of classic
// queues, and ignores these keys of a policy (https://www.rabbitmq.com/blog/2024/08/28/quorum-queues-in-4.0 and the notes of release 4.0).
func mirroringVersion(s *spec.Spec, found *findings) {
	r := s.Stores.RabbitMQ
	switch {
	case r.Mirroring.Pattern == "":
	case r.Version.AtLeast(4, 0):
		found.fault("policy", r.Mirroring.Pos, fmt.Sprintf("RabbitMQ %d.%d does not mirror queues, whatever the policy says", r.Version.Major, r.Version.Minor),
			"make the queues that must survive a node quorum queues")
	case r.Version == (spec.Version{}):
		found.doubt("policy", r.Mirroring.Pos, "queues are mirrored by RabbitMQ before 4.0 alone, and its version is not stated", "state it: version")
	}
}

// mirroringPattern finds queues that the mirroring policy does not reach and that do not come and go with a process.
func mirroringPattern(s *spec.Spec, found *findings) {
	r := s.Stores.RabbitMQ
	if r.Mirroring.Pattern == "" {
		return
	}
	policy := regexp.MustCompile(r.Mirroring.Pattern) // the decoder has seen to it that it compiles
	for _, q := range r.Queues {
		if !q.Volatile && !policy.MatchString(q.Example) {
			found.doubt(q.Name, q.Pos, fmt.Sprintf("queues like %s are outside the mirroring policy %s: they go with their node", q.Example, r.Mirroring.Pattern), "widen the pattern, or say that their loss does no harm")
		}
	}
}

// cacheHeadroom finds a cache that its data may fill to the last byte.
func cacheHeadroom(s *spec.Spec, found *findings) {
	r := s.Stores.Redis
	const full = 0.9 // from here on Redis' own documentation advises against, as fragmentation and replication take memory too
	if share := float64(r.ClassBytes()) / float64(max(r.CapacityBytes, 1)); r.Described() && share > full {
		found.doubt("classes", r.Pos, fmt.Sprintf("the classes of data may take %.0f%% of the cache: nothing is left for fragmentation, buffers of clients and replication", 100*share), "make classes smaller or the cache larger")
	}
}

// seriesBudget finds more series than fit into Prometheus' storage for the retention.
func seriesBudget(s *spec.Spec, found *findings) {
	p := s.Platform.Prometheus
	if len(p.Series) == 0 || p.Retention == 0 {
		return
	}
	samples := float64(p.StorageBytes) / p.BytesPerSample / p.Retention.Seconds()
	budget := int(samples * p.ScrapeInterval.Seconds())
	series := SeriesAtMost(s)
	what := fmt.Sprintf("about %d series, when every service is scaled to its maximum, and %d fit into %.0f GB for %s at %s a sample",
		series, budget, float64(p.StorageBytes)/1e9, config.FormatDuration(p.Retention), config.FormatDuration(p.ScrapeInterval))
	switch {
	case series > budget:
		found.fault("storage", p.Pos, what, "scrape less often, drop series, keep them for less long, or give more storage: the oldest are deleted before their time")
	case float64(series) > crowded*float64(budget):
		found.doubt("storage", p.Pos, what, "one label too many goes beyond it")
	}
}

// SeriesAtMost is about how many series Prometheus has when every service is scaled to its maximum.
func SeriesAtMost(s *spec.Spec) int {
	p := s.Platform.Prometheus
	_, pods := s.Services.Pods()
	total := pods*(p.SeriesPerTarget(spec.PartServices)+p.SeriesPerTarget(spec.SeriesPod)) + p.SeriesPerTarget(spec.PartPrometheus)
	for part, t := range map[string]spec.Tier{
		spec.PartSIPProxies: s.Platform.SIPProxies.Tier, spec.PartMediaServers: s.Platform.MediaServers.Tier, spec.PartMediaProxies: s.Platform.MediaProxies.Tier,
	} {
		each := p.SeriesPerTarget(part)
		if t.HostMetricsPort > 0 {
			each += p.SeriesPerTarget(spec.SeriesHost)
		}
		total += len(t.Nodes) * each
	}
	if s.Stores.Redis.Described() {
		total += p.SeriesPerTarget(spec.PartRedis)
	}
	return total + len(s.Recovery.Trackers.Nodes)*p.SeriesPerTarget(spec.PartTrackers) +
		len(s.Stores.MySQL.Nodes())*p.SeriesPerTarget(spec.PartMySQL) + len(s.Stores.RabbitMQ.Nodes)*p.SeriesPerTarget(spec.PartRabbitMQ)
}

// lagSources finds alerts on replication that rest on what is seen too late to wake somebody in time.
func lagSources(s *spec.Spec, found *findings) {
	my, rpo := s.Stores.MySQL, s.Recovery.RPO()
	if rpo == 0 || !my.Described() || len(my.LagSources) == 0 {
		return
	}
	trusted := 0
	for _, source := range my.LagSources {
		if source.Use != spec.ForObjective {
			continue
		}
		trusted++
		blind := source.Blind() + s.Platform.Prometheus.ScrapeInterval
		left := rpo - s.Recovery.Page
		if blind <= left {
			continue
		}
		found.fault(source.Name, source.Pos,
			fmt.Sprintf("%s shows nothing of the last %s (%s between samples, %s until one is seen, %s until it is scraped): of %s that may be lost, and a page after %s, that leaves -%s",
				source.Name, config.FormatDuration(blind), config.FormatDuration(source.SampledEvery), config.FormatDuration(source.VisibleAfter), config.FormatDuration(s.Platform.Prometheus.ScrapeInterval),
				config.FormatDuration(rpo), config.FormatDuration(s.Recovery.Page), config.FormatDuration(blind-left)),
			"rest objectives on a heartbeat of your own, and use this for audit")
	}
	if trusted == 0 {
		found.fault("none", my.Pos, fmt.Sprintf("the recovery point of %s rests on no source that sees lag in time", config.FormatDuration(rpo)), "name one with use: objective")
	}
}

// recoveryGaps finds stores of which more may be lost with a region than is promised.
func recoveryGaps(s *spec.Spec, found *findings) {
	rpo := s.Recovery.RPO()
	for i, c := range s.Recovery.Coverage() {
		if c.Gap {
			found.doubt(c.Store, s.Recovery.Stores[i].Pos, fmt.Sprintf("of store %q more may be lost with the region than the %s that are promised", c.Store, config.FormatDuration(rpo)), "replicate it across regions, or except it from the promise in writing")
		}
	}
}
