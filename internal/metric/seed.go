package metric

// SeedServices are the services as the published architecture has them. It names six metrics and neither their labels nor a unit of the
// active calls; no service really exports them. The labels are what its dashboards of errors, latency and queues need at least.
var SeedServices = &Emitter{
	Name: "voipbin-seed-services", Profile: Seed, Captures: []string{"voipbin-seed-written.prom"},
	Written: "written after the published architecture, which names no labels; no service exports them yet",
}

// The labels of the six.
var (
	seedMethod = Label{Name: "method", Help: "Method of the request.", Bound: "methods of HTTP, or of the service's calls"}
	seedStatus = Label{Name: "status", Help: "Status of the answer: of HTTP a number, of a call success, error or timeout.", Bound: "statuses of HTTP, or of the service's calls"}
	seedQueue  = Label{Name: "queue", Help: "Name of the queue.", Bound: "queues of the platform"}
)

// seedBuckets are the bounds of the durations; one is on the promise of 500 ms.
func seedBuckets() []float64 {
	return []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
}

// seedService shortens the table below.
func seedService(t Type, unit Unit, name, help string, labels ...Label) *Family {
	f := foreign(SeedServices, t, unit, "published architecture, monitoring", "voipbin_"+name, help, labels...)
	if t == Histogram {
		f.Buckets = seedBuckets()
	}
	return f
}

// The six families of the published architecture.
var (
	SeedHTTPRequests = seedService(Counter, None, "http_requests_total", "HTTP requests that a service answered.", seedMethod, seedStatus)
	SeedHTTPDuration = seedService(Histogram, Seconds, "http_request_duration_seconds", "How long HTTP requests took, in seconds.", seedMethod)
	SeedRPCRequests  = seedService(Counter, None, "rpc_requests_total", "Calls that a service answered over RabbitMQ.", seedMethod, seedStatus)
	SeedRPCDuration  = seedService(Histogram, Seconds, "rpc_request_duration_seconds", "How long calls over RabbitMQ took, in seconds.", seedMethod)
	SeedActiveCalls  = seedService(Gauge, None, "active_calls_gauge", "Calls that are active.")
	SeedQueueDepth   = seedService(Gauge, None, "queue_depth_gauge", "Messages that wait in a queue.", seedQueue)
)

// SeedFamilies returns the six families of the published architecture.
func SeedFamilies() []*Family {
	return []*Family{SeedHTTPRequests, SeedHTTPDuration, SeedRPCRequests, SeedRPCDuration, SeedActiveCalls, SeedQueueDepth}
}
