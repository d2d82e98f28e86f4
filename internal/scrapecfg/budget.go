package scrapecfg

import "github.com/voipbin/observability/internal/spec"

// How many series fit. A sample takes up to two bytes on the disk
// (https://prometheus.io/docs/prometheus/latest/storage/#operational-aspects), and a quarter is left for what rules record.
const (
	bytesPerSample = 2
	scrapedPart    = 0.75
)

// SeriesBudget is how many series may be scraped at the server's interval, so that what is kept for the whole retention fits the storage.
func SeriesBudget(p spec.Prometheus) int {
	samples := float64(p.StorageBytes) / bytesPerSample * scrapedPart
	return int(samples * p.ScrapeInterval.Seconds() / p.Retention.Seconds())
}

// share is what part of the budget a job may take, in parts of the sum of those that there are. Shares are wide: a limit is there to
// catch what has no bound, not to ration.
func share(job, kind string) int {
	switch {
	case job == podJob, job == spec.ServicesJob:
		return 100
	case kind == spec.NodeJob:
		return 24
	case job == cadvisorJob, job == probesJob, kind == spec.KubeStateJob:
		return 15
	case job == AsteriskJob, kind == spec.MySQLJob:
		return 12
	case job == KamailioJob, job == RTPEngineJob, kind == spec.RabbitMQJob:
		return 6
	default:
		return 3
	}
}

// limit gives each target of each job the most samples that it may have. Jobs whose number of targets nobody knows have none.
func limit(list []ScrapeConfig, kinds map[string]string, budget int) {
	whole := 0
	for _, c := range list {
		whole += share(c.JobName, kinds[c.JobName])
	}
	for i, c := range list {
		if n := targetsOf(c); n > 0 {
			list[i].SampleLimit = max(rounded(budget*share(c.JobName, kinds[c.JobName])/whole/n), 1)
		}
	}
}

// targetsOf is the most targets that a job can have, or 0 where that is not known.
func targetsOf(c ScrapeConfig) int {
	if c.TargetLimit > 0 {
		return c.TargetLimit
	}
	n := 0
	for _, g := range c.Static {
		n += len(g.Targets)
	}
	return n
}

// rounded keeps two digits, so that a limit changes only when what it follows from does.
func rounded(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return n / unit * unit
}
