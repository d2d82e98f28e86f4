package metric

// BlackboxExporter is Prometheus' own prober of HTTP, TCP and TLS.
var BlackboxExporter = &Emitter{Name: "blackbox_exporter", Captures: []string{"blackbox_exporter-0.26.0-http.prom", "blackbox_exporter-0.26.0-tcp.prom"}}

func blackboxGauge(unit Unit, prober, name, help string, labels ...Label) *Family {
	return foreign(BlackboxExporter, Gauge, unit, prober, "probe_"+name, help, labels...)
}

// What a probe found. The label instance is what was probed, and a label of the target tells which module.
var (
	ProbeSuccess      = blackboxGauge(None, "any prober", "success", "Whether the probe succeeded (1) or not (0).")
	ProbeDuration     = blackboxGauge(Seconds, "any prober", "duration_seconds", "How long the probe took, in seconds.")
	ProbeDNSTime      = blackboxGauge(Seconds, "any prober", "dns_lookup_time_seconds", "How long the name took to look up, in seconds.")
	ProbeHTTPStatus   = blackboxGauge(None, "prober http", "http_status_code", "Status of the answer; 0 without one.")
	ProbeHTTPDuration = blackboxGauge(Seconds, "prober http", "http_duration_seconds", "How long a part of the request took, in seconds.", Label{Name: "phase", Help: "Part of the request.", Values: []string{"resolve", "connect", "tls", "processing", "transfer"}})
	ProbeHTTPTLS      = blackboxGauge(None, "prober http", "http_ssl", "Whether the answer came over TLS (1).")
	ProbeRegexFailed  = blackboxGauge(None, "probers http and tcp", "failed_due_to_regex", "Whether the probe failed because the answer was not as expected (1).")
	ProbeCertExpiry   = blackboxGauge(Seconds, "probers http and tcp with TLS", "ssl_earliest_cert_expiry", "When the first certificate of the chain ends, as seconds since 1970.")
	ProbeTLSVersion   = blackboxGauge(None, "probers http and tcp with TLS", "tls_version_info", "Version of TLS; the value is always 1.", Label{Name: "version", Help: "For example TLS 1.3.", Bound: "versions of TLS"})
)

// Blackbox returns the families of blackbox_exporter.
func Blackbox() []*Family {
	return []*Family{ProbeSuccess, ProbeDuration, ProbeDNSTime, ProbeHTTPStatus, ProbeHTTPDuration, ProbeHTTPTLS, ProbeRegexFailed, ProbeCertExpiry, ProbeTLSVersion}
}
