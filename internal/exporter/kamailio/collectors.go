package kamailio

import (
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// dispatcherLimit leaves room for 1,500 sets by state and 2,600 targets.
const dispatcherLimit = 20_000

// Collectors lists the collectors in the order in which they run: cheap and important ones first.
func Collectors() []exporter.CollectorInfo {
	return []exporter.CollectorInfo{
		{Name: "info", Help: "version and start time", Default: true},
		{Name: "core", Help: "requests and replies by method, class and code", Default: true},
		{Name: "callsetup", Help: "outcomes of initial INVITEs, as counted by observability.cfg", Default: true},
		{Name: "sl", Help: "stateless replies by code", Default: true},
		{Name: "tmx", Help: "transactions and their replies", Default: true},
		{Name: "shm", Help: "shared memory", Default: true},
		{Name: "script", Help: "variables of the statistics module", Default: true},
		{Name: "tcp", Help: "TCP and TLS connections against their limits", Default: true},
		{Name: "tls", Help: "queue of the tls module", Default: true},
		{Name: "dialog", Help: "calls tracked by the dialog module", Default: true},
		{Name: "profiles", Help: "calls in the profiles named by --kamailio.dialog-profiles", Default: true},
		{Name: "registrar", Help: "registrations accepted and rejected", Default: true},
		{Name: "usrloc", Help: "users and contacts by location table", Default: true},
		{Name: "websocket", Help: "WebSocket connections and frames", Default: true},
		{Name: "dns", Help: "DNS queries that failed or took long", Default: true},
		{Name: "mysql", Help: "errors of the MySQL driver", Default: true},
		{Name: "pike", Help: "addresses blocked for flooding", Default: true},
		{Name: "rtpengine", Help: "RTPEngines as Kamailio sees them", Default: true},
		{Name: "rtpproxy", Help: "RTPProxies as Kamailio sees them", Default: true},
		{Name: "dmq", Help: "peers that Kamailio replicates to", Default: true},
		{Name: "mqueue", Help: "items in the script's queues", Default: true},
		{Name: "htable", Help: "how full the hash tables are", Default: true},
		{Name: "sockets", Help: "the kernel's queues before UDP listeners, where Kamailio shares this machine's network", Default: true},
		{Name: "processes", Help: "processes by kind", Default: true},
		{Name: "pkg", Help: "private memory of each process", Default: true},
		{Name: "dispatcher", Help: "dispatcher sets and targets", Default: true, Limit: dispatcherLimit},
		{Name: "overload", Help: "what dispatcher targets want held back (asks for the long list)", Limit: dispatcherLimit},
		{Name: "pipelimit", Help: "pipes that limit requests (a script may name them by caller)"},
		{Name: "piketop", Help: "addresses that pike follows, counted (lists them over the control socket)"},
		{Name: "tcplist", Help: "TCP connections by state (lists them one by one)"},
		{Name: "certificates", Help: "expiry of TLS certificates, by a handshake with each TLS listener"},
		{Name: "uac", Help: "registrations at other servers (Kamailio's answer holds their passwords)"},
		{Name: "compat", Help: "the names of kamailio_exporter 1.x once more; --compat.names switches it on", Limit: dispatcherLimit},
	}
}

// source is what collectors read: the answers to calls, and the statistics of the scrape.
type source struct {
	rpc     caller
	stats   *statistics
	scrapes *tally
}

// scrapers returns all collectors in the order of Collectors.
func scrapers(o Options, from source) []exporter.Scraper {
	rpc, stats := from.rpc, from.stats
	host, local := machineOf(o.Address)
	return []exporter.Scraper{
		&information{rpc: rpc, start: startTime{now: o.Now}},
		core{stats},
		callSetup{stats},
		stateless{stats},
		transactions{stats},
		sharedMemory{stats},
		script{stats, o.ScriptGauges},
		tcp{rpc, stats},
		tlsQueue{rpc},
		dialog{rpc, stats},
		profiles{rpc, o.Profiles},
		registrar{stats},
		usrloc{stats},
		websocket{stats},
		counters{"dns", "dns", "kex", stats, []plain{
			{metric.KamailioDNSFailures, "failed_dns_request"}, {metric.KamailioDNSSlow, "slow_dns_request"},
		}},
		counters{"mysql", "mysql", "db_mysql", stats, []plain{{metric.KamailioMySQLErrors, "driver_errors"}}},
		counters{"pike", "pike", "pike", stats, []plain{{metric.KamailioPikeBlocked, "blocked_ips"}}},
		rtpengine{rpc},
		rtpproxy{rpc},
		dmq{rpc},
		mqueue{rpc},
		htable{rpc},
		sockets{rpc, o.Proc, o.ask, local},
		processes{rpc},
		privateMemory{rpc},
		dispatcher{rpc, o.DispatcherDetail},
		overload{rpc},
		pipelimit{rpc},
		pikeTop{rpc},
		tcpList{rpc},
		certificates{rpc, o.dial, host},
		uac{rpc},
		&compat{rpc, stats, o.CompatMethods, from.scrapes},
	}
}
