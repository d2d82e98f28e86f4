package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// sharedMemoryAlert tells when Kamailio is about to run out of the memory that its processes share.
func (k *kamailioTier) sharedMemoryAlert() {
	const name = "KamailioSharedMemoryLow"
	limit := k.limits.SharedMemory
	rule := Rule{
		Expr: fmt.Sprintf("%s / %s < %s", metric.KamailioShmFree.Name, metric.KamailioShmSize.Name, slo.FormatNumber(limit.Free)),
		For:  slo.FormatDuration(limit.For), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: k.annotations(name, kamailioBoard, "Kamailio on {{ $labels.instance }} runs out of shared memory",
			"{{ $value | humanizePercentage }} of the shared memory pool is free."),
	}
	labels := k.targetLabels(k.nodes[0])
	c := gauged(limit.For)
	size := series(metric.KamailioShmSize.Name, labels, c.gauge(1000, 1000))
	free := func(values string) TestSeries { return series(metric.KamailioShmFree.Name, labels, values) }
	k.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "Kamailio's shared memory pool is nearly full",
		Meaning: "Less than " + slo.FormatPercent(limit.Free) + " of the pool that all Kamailio processes share is free. Transactions, dialogs, registrations and hash tables live there; the size is fixed at the start (-m).",
		Impact:  "None yet. When it is full, Kamailio cannot create transactions and answers 500, or crashes.",
		Look: []string{
			"the Kamailio board: a steady rise is a leak or a table that grows, a jump is traffic",
			"`kamcmd core.shmmem` on the node; many fragments mean that the free memory is in small pieces",
			"`kamcmd tm.stats` and `kamcmd dlg.stats_active`: transactions and dialogs in memory",
			"`kamcmd htable.stats` and `kamcmd ul.dump brief` where the modules are loaded: sizes of tables",
			"`kamcmd corex.shm_summary` writes the owners of the memory to the log",
		},
		Do: []string{
			"If a table grows without end, give its entries a time to live.",
			"Raise the pool (-m in MB, SHM_MEMORY in /etc/default/kamailio) at the next restart, after taking the node out of the load balancer.",
			"If it fills within hours, restart the nodes one by one now (`systemctl restart kamailio`) and report the leak with the memory summary.",
		},
		FalsePositives: []string{"A pool that was sized to be nearly full by tables of a fixed size, such as least cost routes."},
	},
		c.fires(name, "nearly full", one(firing(rule, labels, fmt.Sprintf("%.4g%%", 90*limit.Free), nil)), size, free(c.gauge(500, 900*limit.Free))),
		c.quiet(name, "filled to just above the limit", Holds, size, free(c.gauge(500, 1000*limit.Free+1))),
		c.quiet(name, "shared memory is not read", Silent, k.nothingElse(c)...))
}

// privateMemoryAlert tells when one process is about to run out of its own memory.
func (k *kamailioTier) privateMemoryAlert() {
	const name = "KamailioPrivateMemoryLow"
	limit := k.limits.PrivateMemory
	rule := Rule{
		Expr: fmt.Sprintf("%s / %s < %s", metric.KamailioPkgFree.Name, metric.KamailioPkgSize.Name, slo.FormatNumber(limit.Free)),
		For:  slo.FormatDuration(limit.For), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: k.annotations(name, kamailioBoard, "A process of Kamailio on {{ $labels.instance }} runs out of private memory",
			"{{ $value | humanizePercentage }} of the pool of process {{ $labels.index }} ({{ $labels.process }}) is free."),
	}
	labels := k.processLabels()
	c := gauged(limit.For)
	size := series(metric.KamailioPkgSize.Name, labels, c.gauge(1000, 1000))
	free := func(values string) TestSeries { return series(metric.KamailioPkgFree.Name, labels, values) }
	k.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "The private memory of a Kamailio process is nearly full",
		Meaning: "Less than " + slo.FormatPercent(limit.Free) + " of a process's own pool is free. Messages are parsed there, and some modules keep tables in it; the size is fixed at the start (-M).",
		Impact:  "None yet. When it is full, that process drops or refuses what it gets, and large RPC replies are lost without a word.",
		Look: []string{
			"the Kamailio board: private memory by kind of process; one that grows alone leaks, all at once are sized too small",
			"`kamcmd pkg.stats` on the node: the process, its real_used and its fragments",
			"`kamcmd cfg.set_now_int core mem_dump_pkg PID` on the node writes the owners of the memory to the log",
		},
		Do: []string{
			"Raise the pool (-M in MB, PKG_MEMORY in /etc/default/kamailio) at the next restart, after taking the node out of the load balancer: `systemctl restart kamailio`.",
			"If one process grows alone, restart the node in a quiet hour and report the leak with the memory dump.",
		},
		FalsePositives: []string{"A module that loads a table of a fixed size at the start and fills most of the pool with it."},
	},
		c.fires(name, "nearly full", one(firing(rule, labels, fmt.Sprintf("%.4g%%", 90*limit.Free), nil)), size, free(c.gauge(500, 900*limit.Free))),
		c.quiet(name, "filled to just above the limit", Holds, size, free(c.gauge(500, 1000*limit.Free+1))),
		c.quiet(name, "private memory is not read", Silent, k.nothingElse(c)...))
}

// leakWindow is the time over which the growth of private memory is judged: shorter ones take the warming up of caches for a leak.
const leakWindow = 6 * time.Hour

// memoryLeakAlert tells when one process's private memory grows so that it will be full soon.
func (k *kamailioTier) memoryLeakAlert() {
	const name = "KamailioPrivateMemoryLeak"
	used, size := metric.KamailioPkgRealUsed.Name, metric.KamailioPkgSize.Name
	within := k.limits.LeakWithin
	rule := Rule{
		// Growth that only just began, or that only just stopped, is none: the process must also use more than six hours ago.
		Expr: fmt.Sprintf("predict_linear(%[1]s[%[2]s], %[3]s) > %[4]s and %[1]s > 1.02 * (%[1]s offset %[2]s)",
			used, slo.FormatDuration(leakWindow), slo.FormatNumber(within.Seconds()), size),
		For: slo.FormatDuration(k.limits.LeakFor), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: k.annotations(name, kamailioBoard, "A process of Kamailio on {{ $labels.instance }} leaks memory",
			"Process {{ $labels.index }} ({{ $labels.process }}) will have filled its private memory within "+slo.FormatDuration(within)+" if it grows on as in the last "+slo.FormatDuration(leakWindow)+"."),
	}
	k.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "The private memory of a Kamailio process grows without end",
		Meaning: fmt.Sprintf("The memory of one process, with the allocator's overhead, grew over %s so that its pool is full within %s. No total shows such a leak: it is in one process, often the slow timer.",
			slo.FormatDuration(leakWindow), slo.FormatDuration(within)),
		Impact: "None yet. When the pool is full, that process stops doing its work, be it the timers of all transactions.",
		Look: []string{
			"the Kamailio board: private memory by kind of process over a week",
			"`kamcmd pkg.stats` on the node, twice an hour apart: which process has grown?",
			"`kamcmd cfg.set_now_int core mem_dump_pkg PID` on the node writes the owners of the memory to the log: which file and line has more pieces than before?",
		},
		Do: []string{
			"Plan a restart of the node in a quiet hour (`systemctl restart kamailio`), after taking it out of the load balancer.",
			"Look for the owner in Kamailio's issues, and report it with version, modules and the dump if it is not known.",
		},
		FalsePositives: []string{"A node that took over traffic in the last hours and whose caches still grow: it levels off."},
	}, k.leakStories(name, rule)...)
}

// leakStep is the distance of samples in stories that last for many hours.
const leakStep = 5 * time.Minute

// leakStories prove that growth is told from a level and from a step.
func (k *kamailioTier) leakStories(name string, rule Rule) []TestGroup {
	const pool = 8 << 20
	labels := k.processLabels()
	steps := float64(k.limits.LeakWithin / leakStep)
	begin := pool / 4.0
	fast, slow := (pool-begin)*2/steps, (pool-begin)/8/steps // a step
	length := 3 * leakWindow
	story := func(title string, proves []Proof, used string, tests ...AlertTest) TestGroup {
		return TestGroup{
			Name: name + ": " + title, Interval: slo.FormatDuration(leakStep), Proves: proves, AlertTests: tests,
			InputSeries: []TestSeries{
				series(metric.KamailioPkgSize.Name, labels, gauge(leakStep, phase{length: length, value: pool})),
				series(metric.KamailioPkgRealUsed.Name, labels, used),
			},
		}
	}
	climb := func(rise float64, hours int) string {
		n := hours * int(time.Hour/leakStep)
		top := formatValue(begin + rise*float64(n))
		return fmt.Sprintf("%[1]sx%[2]d %[1]s+%[3]sx%[4]d %[5]sx%[6]d", formatValue(begin), int(leakWindow/leakStep), formatValue(rise), n, top, int(length/leakStep)-n)
	}
	full := func(hours int) time.Duration { return leakWindow + time.Duration(hours)*time.Hour }
	return []TestGroup{
		// Six hours of a level come first, so that the growth is seen against them.
		story("a process grows", []Proof{Fires, Holds, Resets}, climb(fast, 8), at(leakWindow+k.limits.LeakFor-leakStep, name),
			at(full(8), name, firing(rule, labels, "", nil)), at(length, name)),
		story("it grows slowly", []Proof{Holds}, climb(slow, 8), at(full(8), name)),
		story("it grew at once and stays", []Proof{Holds}, fmt.Sprintf("%sx%d %sx%d", formatValue(begin), int(leakWindow/leakStep), formatValue(begin*1.5), int(2*leakWindow/leakStep)),
			at(length, name)),
		story("it is level", []Proof{Silent}, gauge(leakStep, phase{length: length, value: begin}), at(full(8), name)),
	}
}

// processLabels are those of one process of the first node.
func (k *kamailioTier) processLabels() map[string]string {
	return merge(k.targetLabels(k.nodes[0]), map[string]string{"process": "slow timer", "index": "7"})
}
