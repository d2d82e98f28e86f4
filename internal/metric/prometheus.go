package metric

// PrometheusServer makes series of its own: about its targets while it scrapes them, and about the alerts it evaluates.
var PrometheusServer = &Emitter{Name: "prometheus", Captures: []string{"prometheus-3.16.0-federate.prom"}}

// The series that a Prometheus server makes itself.
var (
	Up = &Family{
		Name: "up", Type: Untyped, Emitter: PrometheusServer,
		Help:   "Whether Prometheus could scrape the target (1) or not (0).",
		Source: "Prometheus server",
	}
	ScrapeDuration = &Family{
		Name: "scrape_duration_seconds", Type: Untyped, Unit: Seconds, Emitter: PrometheusServer,
		Help:   "How long the scrape of the target took.",
		Source: "Prometheus server",
	}
	ScrapeSamples = &Family{
		Name: "scrape_samples_scraped", Type: Untyped, Emitter: PrometheusServer,
		Help:   "Samples that the target exposed.",
		Source: "Prometheus server",
	}
	Alerts = &Family{
		Name: "ALERTS", Type: Untyped, Emitter: PrometheusServer,
		Labels: []Label{
			{Name: "alertname", Help: "Name of the alert.", Bound: "alert rules"},
			{Name: "alertstate", Help: "Pending or firing.", Values: []string{"pending", "firing"}},
			{Name: "severity", Help: "Label of the alert rule.", Values: []string{"page", "ticket"}},
		},
		Help:   "Alerts that are pending or firing; the labels of the alert rule come on top.",
		Source: "Prometheus server",
	}
)

// Prometheus returns the series that a Prometheus server makes itself.
func Prometheus() []*Family { return []*Family{Up, ScrapeDuration, ScrapeSamples, Alerts} }
