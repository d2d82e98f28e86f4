package metric

// ClientGolang is the Prometheus client library in each of our binaries; it exposes the process it runs in.
var ClientGolang = &Emitter{Name: "client_golang", Capture: "client_golang-1.25.0.prom"}

// The families about a Go process that rules and boards use.
var (
	ProcessResidentMemory = &Family{
		Name: "process_resident_memory_bytes", Type: Gauge, Unit: Bytes, Emitter: ClientGolang,
		Help:   "Resident memory size in bytes.",
		Source: "/proc/self/stat",
	}
	ProcessCPU = &Family{
		Name: "process_cpu_seconds_total", Type: Counter, Unit: Seconds, Emitter: ClientGolang,
		Help:   "Total user and system CPU time spent in seconds.",
		Source: "/proc/self/stat",
	}
	GoGoroutines = &Family{
		Name: "go_goroutines", Type: Gauge, Emitter: ClientGolang,
		Help:   "Number of goroutines that currently exist.",
		Source: "Go runtime",
	}
)

// GoRuntime returns the families about a Go process.
func GoRuntime() []*Family { return []*Family{ProcessResidentMemory, ProcessCPU, GoGoroutines} }
