package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// These alerts are about how the database is used: who writes where, how many are connected, what is kept.

// writing are the statements that change rows, as the server counts those of its clients.
const writing = "delete|delete_multi|insert|insert_select|load|replace|replace_select|update|update_multi"

// writesAlert tells when clients write to a replica. What it replicates is not counted among the statements.
func (m *mysqlStore) writesAlert() {
	const name = "MySQLReplicaWritten"
	expr := fmt.Sprintf("sum by (job, instance) (%s) > 0", increase(fmt.Sprintf("%s{job=%q, %s, %s}", metric.MySQLCommands.Name, mysqlJob, among("instance", m.replicas()), among("command", writing)), storeCountWindow, m.anchored))
	rule := m.rule(name, slo.Ticket, expr, 0, "Clients write to replica {{ $labels.instance }}", "All writes belong to the primary; what is written here the others do not have.")
	c := counted(0, storeCountWindow)
	written := func(n int, command, values string) TestSeries {
		return m.nth(n, metric.MySQLCommands, map[string]string{"command": command}, values)
	}
	m.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "Somebody writes to a replica",
		Meaning: "The replica has executed statements of clients that change rows. Statements that it refused are counted as well.",
		Impact:  "The histories part: replication will stop at the next conflict, and a failover to this server keeps rows that nobody else has.",
		Look: []string{
			"`SELECT @@read_only, @@super_read_only` on it, and alert MySQLReadOnlyWrong",
			"`SELECT user, host, SUM(count_star) FROM performance_schema.events_statements_summary_by_account_by_event_name WHERE event_name IN ('statement/sql/insert','statement/sql/update','statement/sql/delete') GROUP BY 1, 2` on it: who?",
		},
		Do: []string{
			"`SET PERSIST super_read_only = ON` (MariaDB: `SET GLOBAL read_only = 1`, and no account with READ ONLY ADMIN).",
			"Mend the address that the writer has, then compare: RecoveryErrantTransactions says what only the replica has.",
		},
		FalsePositives: []string{"Writes to temporary tables, which a replica takes although it is read-only."},
	},
		c.fires(name, "somebody does", one(firing(rule, m.targetLabels(m.nodes[1]), "", nil)), written(1, "insert", c.counter(1)), written(0, "insert", counterValues(c.step, phase{length: c.length(), rise: 1}))),
		c.quiet(name, "it only serves reads", Holds, written(1, "select", c.counter(100)), written(1, "insert", c.counter(0))),
		c.quiet(name, "only the primary is written to", Silent, written(0, "insert", c.counter(100))))
}

// readOnlyAlert tells when a replica takes writes, or when the primary takes none.
func (m *mysqlStore) readOnlyAlert() {
	const name = "MySQLReadOnlyWrong"
	refuses := m.rule(name, slo.Page, fmt.Sprintf("%s{job=%q, instance=%q} == 1", metric.MySQLReadOnly.Name, mysqlJob, m.nodes[0].Name), m.stores.PrimaryReadOnlyFor,
		"The primary {{ $labels.instance }} takes no writes", "Its read_only is on.")
	refuses.Labels["cause"] = "primary"
	rules := []Rule{refuses}
	c := gauged(m.stores.PrimaryReadOnlyFor)
	read := func(n int, values string) TestSeries { return m.nth(n, metric.MySQLReadOnly, nil, values) }
	stories := []TestGroup{
		c.fires(name, "the primary takes no writes", one(firing(refuses, m.targetLabels(m.nodes[0]), "", nil)), read(0, c.gauge(0, 1))),
		c.quiet(name, "the primary takes writes", Silent, read(0, c.gauge(0, 0))),
	}
	if len(m.nodes) > 1 {
		takes := m.rule(name, slo.Ticket, fmt.Sprintf("%s{job=%q, %s} == 0", metric.MySQLReadOnly.Name, mysqlJob, among("instance", m.replicas())), m.stores.WrongFor,
			"Replica {{ $labels.instance }} would take writes", "Its read_only is off, so that a wrong address is enough to part its history from the primary's.")
		takes.Labels["cause"] = "replica"
		rules = append(rules, takes)
		c := gauged(m.stores.WrongFor)
		stories = append(stories,
			c.fires(name, "a replica would take writes", one(firing(takes, m.targetLabels(m.nodes[1]), "", nil)), read(1, c.gauge(1, 0)), read(0, c.gauge(0, 0))),
			c.quiet(name, "all are as they must be", Silent, read(1, c.gauge(1, 1)), read(0, c.gauge(0, 0))))
	}
	m.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "The primary takes no writes, or a replica would",
		Meaning: "read_only is on at the server that the spec calls the primary (cause \"primary\", pages), or off at one that it calls a replica (cause \"replica\", a ticket).",
		Impact:  "Cause \"primary\": every write fails. Cause \"replica\": none until somebody writes there.",
		Look:    []string{"`SELECT @@hostname, @@read_only, @@super_read_only` on the server", "was there a failover? Then the spec names the old primary: spec/stores.yaml"},
		Do: []string{
			"Cause \"primary\": if it is the only primary, `SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF`. If another server was promoted, leave it: two that take writes are worse than none.",
			"Cause \"replica\": `SET PERSIST super_read_only = ON`.",
		},
		FalsePositives: []string{"After a failover both fire until spec/stores.yaml names the new primary."},
	}, stories...)
}

// connectionsAlert tells when few connections are left.
func (m *mysqlStore) connectionsAlert() {
	m.usedAlert(Alert{
		Name:    "MySQLConnectionsHigh",
		Summary: "A database server has few connections left",
		Meaning: "Threads that are connected as a share of max_connections.",
		Impact:  "None yet. At the limit the server refuses everybody, and services fail at random.",
		Look: []string{
			"`SELECT user, host, command, COUNT(*) FROM information_schema.processlist GROUP BY 1, 2, 3 ORDER BY 4 DESC` on it: whose are they, and do they sleep?",
			"panel \"Connections\" of the MySQL board: a leap is a deployment or a retry storm, a slope is a leak",
		},
		Do: []string{
			"Sleeping ones of one service: restart it, and lower its pool.",
			"Running ones: look for the lock or the slow statement that they wait for, and end that: `KILL ID`.",
			"Else raise max_connections as far as the memory allows; each may take some MB.",
		},
		FalsePositives: []string{"A rollout that has both generations of pods connected: it is over within the delay."},
	}, fmt.Sprintf("%[1]s{job=%[3]q} / %[2]s{job=%[3]q}", metric.MySQLConnected.Name, metric.MySQLMaxConnections.Name, mysqlJob),
		"of the connections that the server takes", "{{ $labels.instance }} has few connections left", "{{ $labels.instance }} is about to refuse connections",
		func(c lapse, share float64) []TestSeries {
			return []TestSeries{m.nth(0, metric.MySQLConnected, nil, c.gauge(10, share*1000)), m.nth(0, metric.MySQLMaxConnections, nil, c.gauge(1000, 1000))}
		})
}

// backupAlert tells when the last backup is too old, or when none is known. A story cannot last for a day: its backup is older than its begin.
func (m *mysqlStore) backupAlert() {
	const name = "MySQLBackupOld"
	most := m.spec.Backups.MaxAge
	if most == 0 {
		return
	}
	last := fmt.Sprintf("max(%s)", metric.PlatformBackupTime.Name)
	old := m.rule(name, slo.Ticket, fmt.Sprintf("time() - %s > %s", last, slo.FormatNumber(most.Seconds())), m.stores.WrongFor,
		"The newest backup is {{ $value | humanizeDuration }} old", "There must be one every "+slo.FormatDuration(m.spec.Backups.Every)+".")
	none := m.rule(name, slo.Ticket, fmt.Sprintf("absent(%s) and on () count(%s) > 0", metric.PlatformBackupTime.Name, metric.PlatformBackupFiles.Name), m.stores.WrongFor,
		"There is no backup", "platform_exporter looks and finds none that is not empty.")
	old.Labels["cause"], none.Labels["cause"] = "old", "none"
	c := gauged(m.stores.WrongFor)
	at := map[string]string{"job": "platform", "instance": "backup"}
	backup := func(values string) TestSeries { return series(metric.PlatformBackupTime.Name, at, values) }
	files := func(n float64) TestSeries { return series(metric.PlatformBackupFiles.Name, at, c.gauge(1, n)) }
	// It becomes too old with the first sample of the fault, and a new one is made at its end.
	made := (c.before - c.step - most).Seconds()
	ages := gauge(c.step, phase{length: c.before + c.fault, value: made}, phase{length: c.after, value: (c.before + c.fault).Seconds()})
	aged := c.fires(name, "none was made for too long", nil, backup(ages), files(1))
	for i, t := range []time.Duration{c.hold, c.before + c.fault - c.step} {
		aged.AlertTests[i+1].Expected = one(firing(old, nil, humanDuration(t.Seconds()-made), nil))
	}
	gone := gauge(c.step, phase{length: c.before, value: 0}, phase{length: c.fault, gone: true}, phase{length: c.after, value: c.length().Seconds()})
	m.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{old, none},
		Summary: "The database was not backed up for too long",
		Meaning: fmt.Sprintf("The newest backup that is not empty is older than %s, or there is none. Its size is on the MySQL board: one that shrank is not good either.", slo.FormatDuration(most)),
		Impact:  "None until somebody deletes what must not be deleted: replicas do so too, and what was written since the last backup is lost.",
		Look: []string{
			"`gcloud sql backups list --instance=NAME --limit=5`: did the last one fail, and with what?",
			"`ls -l` of the folder or bucket that platform_exporter watches, and its log",
		},
		Do:             []string{"Make one by hand now: `gcloud sql backups create --instance=NAME`.", "Mend the schedule, and restore the new one somewhere: a backup that was never restored is a hope."},
		FalsePositives: []string{"platform_exporter watches another folder than the one that backups go to."},
	},
		aged,
		c.fires(name, "there is none any more", one(firing(none, nil, "", nil)), backup(gone), files(0)),
		c.quiet(name, "nobody watches backups", Silent, m.nothingElse(c)...))
}
