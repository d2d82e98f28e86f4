package metric

// ClientGolang is the Prometheus client library in each of our binaries; it exposes the process it runs in.
var ClientGolang = &Emitter{Name: "client_golang", Captures: []string{"client_golang-1.25.0.prom"}}

// The families about a Go process: those that rules and boards use, and those that our exporters write by themselves under the
// library's names, because its reading of /proc would cost a tenth of a scrape.
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
	ProcessOpenFDs = &Family{
		Name: "process_open_fds", Type: Gauge, Emitter: ClientGolang,
		Help:   "Number of open file descriptors.",
		Source: "/proc/self/fd",
	}
	ProcessMaxFDs = &Family{
		Name: "process_max_fds", Type: Gauge, Emitter: ClientGolang,
		Help:   "Maximum number of open file descriptors.",
		Source: "getrlimit, RLIMIT_NOFILE",
	}
	ProcessVirtualMemory = &Family{
		Name: "process_virtual_memory_bytes", Type: Gauge, Unit: Bytes, Emitter: ClientGolang,
		Help:   "Virtual memory size in bytes.",
		Source: "/proc/self/stat",
	}
	ProcessMaxVirtualMemory = &Family{
		Name: "process_virtual_memory_max_bytes", Type: Gauge, Unit: Bytes, Emitter: ClientGolang,
		Help:   "Maximum amount of virtual memory available in bytes.",
		Source: "getrlimit, RLIMIT_AS",
	}
	ProcessStart = &Family{
		Name: "process_start_time_seconds", Type: Gauge, Unit: Seconds, Emitter: ClientGolang,
		Help:   "Start time of the process since unix epoch in seconds.",
		Source: "/proc/self/stat and /proc/stat",
	}
	GoGoroutines = &Family{
		Name: "go_goroutines", Type: Gauge, Emitter: ClientGolang,
		Help:   "Number of goroutines that currently exist.",
		Source: "Go runtime",
	}
)

// OwnProcess returns the families that our exporters write about their own process.
func OwnProcess() []*Family {
	return []*Family{
		ProcessResidentMemory, ProcessCPU, ProcessOpenFDs, ProcessMaxFDs, ProcessVirtualMemory, ProcessMaxVirtualMemory, ProcessStart,
	}
}

// GoRuntime returns the families about a Go process.
func GoRuntime() []*Family { return append(OwnProcess(), GoGoroutines) }
