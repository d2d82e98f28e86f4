package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// These alerts are about those who watch: that they see, write and can be trusted.

// unseenAlert tells when no tracker sees a server.
func (r *recovery) unseenAlert() {
	const name = "RecoveryServerUnseen"
	wait := r.spec.For.Unseen
	rule := r.rule(name, slo.Ticket, fmt.Sprintf("max by (store, server, role) (%s{job=%q}) == 0", metric.RecoveryWatched.Name, trackerJob), wait,
		"No tracker sees {{ $labels.server }}", "It does not answer, or refuses the account: nothing can be proven of {{ $labels.store }} by it.")
	labels := map[string]string{"store": "mysql", "server": "primary", "role": "source"}
	c := gauged(wait)
	seen := func(i int, values string) TestSeries {
		return series(metric.RecoveryWatched.Name, merge(r.tracker(i), labels), values)
	}
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A server that recovery depends on is not seen",
		Meaning: "The newest look of every tracker at the server failed or is old; recovery_samples_total by outcome says how: timeout, refused, denied, transport, decode, unfit (its GTIDs or binlog are off).",
		Impact:  "The exposure ages; RecoveryExposureHigh follows if this lasts.",
		Look: []string{
			"`curl -s http://TRACKER:9745/metrics | grep -E '^recovery_samples_total.*SERVER'`: which outcome grows?",
			"from the tracker's host: `mysql -h SERVER -u tracker -p -e 'SELECT 1'`",
		},
		Do: []string{
			"denied: the account or its password file: `ALTER USER tracker@'10.%' IDENTIFIED BY '...'`; docs/recovery.md has the grants. timeout, refused: the server, the firewall, the network between.",
		},
		FalsePositives: []string{"A server that was taken down on purpose: take it out of tracker.yaml."},
	},
		c.fires(name, "both have lost it", one(firing(rule, labels, "", nil)), seen(0, c.gauge(1, 0)), seen(1, c.gauge(1, 0))),
		c.quiet(name, "one of them sees it", Holds, seen(0, c.gauge(1, 0)), seen(1, gauge(c.step, c.always()...))),
		c.quiet(name, "both see it", Silent, seen(0, gauge(c.step, c.always()...)), seen(1, gauge(c.step, c.always()...))))
}

// errantAlert tells of transactions that only the replica has.
func (r *recovery) errantAlert() {
	const name = "RecoveryErrantTransactions"
	wait := r.spec.For.Errant
	rule := r.rule(name, slo.Ticket, fmt.Sprintf("max by (store, replica) (%s{job=%q}) > 0", metric.RecoveryErrant.Name, trackerJob), wait,
		"Replica {{ $labels.replica }} of {{ $labels.store }} has {{ $value }} transactions of its own", "The source does not have them: the histories have parted, and the way back after a failover will fail on them.")
	labels := map[string]string{"store": "mysql", "replica": "dr"}
	c := gauged(wait)
	errant := func(values string) TestSeries { return r.of(metric.RecoveryErrant, labels, values) }
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "The replica has transactions that the source has not",
		Meaning: "The replica was written to directly: a CREATE USER, a repair by hand, an event that ran there. Its GTIDs are not in the source's set.",
		Impact:  "After a failover the old source cannot follow the new one without being rebuilt, or breaks on the first conflict.",
		Look: []string{
			"on the replica: `SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, 'SOURCE_SET')` names them; `mysqlbinlog --include-gtids=...` shows them",
		},
		Do: []string{
			"If they change no data that matters: commit an empty transaction with the GTID of each on the source, so that both have them: `SET GTID_NEXT='UUID:N'; BEGIN; COMMIT; SET GTID_NEXT='AUTOMATIC'`.",
			"Else rebuild the replica from a backup of the source. `SET PERSIST super_read_only = ON` on replicas, so that it does not come again.",
		},
		FalsePositives: []string{"A source that was restored from a backup lacks what the replica had: then it is the source that lost."},
	},
		c.fires(name, "somebody wrote on the replica", one(firing(rule, labels, "3", nil)), errant(c.gauge(0, 3))),
		c.quiet(name, "nobody did", Silent, errant(gauge(c.step, phase{length: c.length()}))))
}

// trackerDownAlert tells when one of the trackers is down; that all are is RecoveryProofMissing.
func (r *recovery) trackerDownAlert() {
	const name = "RecoveryTrackerDown"
	wait := r.spec.For.TrackerDown
	rule := r.rule(name, slo.Ticket, fmt.Sprintf("up{job=%q} == 0", trackerJob), wait, "Tracker {{ $labels.instance }} is down",
		"Its view is missing; a dead region can no longer be told from the other's lost network.")
	c := gauged(wait)
	up := func(i int, values string) TestSeries { return series(metric.Up.Name, r.tracker(i), values) }
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "One of the trackers is down",
		Meaning: "Prometheus cannot scrape the tracker. The other goes on; the time in which this one did not look is a hole in its evidence.",
		Impact:  "None for customers. RecoveryRegionDown needs two trackers and cannot fire with one.",
		Look:    []string{"`systemctl status tracker` and `journalctl -u tracker -n 200 --no-pager` on its host"},
		Do:      []string{"Start it: `systemctl start tracker`. It reads its evidence and goes on; nothing that was acknowledged is lost. Never delete its data folder."},
		FalsePositives: []string{
			"A planned restart longer than the alert's delay: `amtool silence add alertname=RecoveryTrackerDown instance=NAME -d 15m -c \"planned restart\"`.",
		},
	},
		c.fires(name, "one is down", one(firing(rule, r.tracker(0), "", nil)), up(0, c.gauge(1, 0)), up(1, gauge(c.step, c.always()...))),
		c.quiet(name, "both are up", Silent, up(0, gauge(c.step, c.always()...)), up(1, gauge(c.step, c.always()...))))
}

// evidenceAlert pages when evidence cannot be written.
func (r *recovery) evidenceAlert() {
	const name = "RecoveryEvidenceUnwritable"
	wait := r.spec.For.EvidenceUnwritable
	rule := r.rule(name, slo.Page, fmt.Sprintf("%s{job=%q} == 0", metric.RecoveryEvidenceWritable.Name, trackerJob), wait, "Tracker {{ $labels.instance }} cannot write evidence",
		"Its disk is full or broken: no second counts as proven, and a drill could not be taken down.")
	c := gauged(wait)
	writable := func(values string) TestSeries { return r.of(metric.RecoveryEvidenceWritable, nil, values) }
	r.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "A tracker cannot write its evidence",
		Meaning: "A write or sync of the evidence log failed. The tracker still looks and shows what it sees, and tries again every second; time without evidence is counted as unprovable.",
		Impact:  "None for customers. Marks of a drill are refused with an error, so that nobody believes them to be kept.",
		Look: []string{
			"`df -h` and `df -i` of the tracker's data folder, `dmesg | tail`",
			"`journalctl -u tracker -n 50 --no-pager`: the cause is logged once",
		},
		Do: []string{
			"Make room: closed segments older than needed may be archived elsewhere, never the newest. It repairs the log by itself when writes succeed.",
			"A broken disk: stop the tracker, copy the folder, `tracker verify --data=COPY`, start it there.",
		},
		FalsePositives: []string{"None known."},
	},
		c.fires(name, "the disk is full", one(firing(rule, r.labels(nil), "", nil)), writable(c.gauge(1, 0))),
		c.quiet(name, "it writes", Silent, writable(gauge(c.step, c.always()...))))
}
