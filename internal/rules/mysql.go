package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

const (
	mysqlJob   = "mysqld" // the job label of the targets, as the scrape configuration sets it
	mysqlBoard = "mysql"
)

// mysqlStore makes the rules of the database.
type mysqlStore struct {
	watched
	spec     spec.MySQL
	rpo      time.Duration // how much may be lost; 0 where nothing is said
	anchored bool
}

// mysql returns the records, alerts and stories of the database, or nothing where the platform has none.
func mysql(s *spec.Spec, l links) *mysqlStore {
	m := &mysqlStore{
		watched: storeOf(s, l, watched{
			daemon: "MySQL", service: "mysql", exporter: "mysqld_exporter", port: s.Stores.MySQL.MetricsPort, job: mysqlJob, board: mysqlBoard,
			kit: metric.Kit{Up: metric.MySQLUp},
		}),
		spec: s.Stores.MySQL, anchored: anchored(s),
	}
	if !m.spec.Described() {
		return m
	}
	if s.Recovery.Described() {
		m.rpo = s.Recovery.RPO()
	}
	for _, n := range m.spec.Nodes() {
		m.nodes = append(m.nodes, spec.Node{Name: n.Name})
	}
	m.downAlert(m.stores.DownFor, Alert{
		Summary: "A database server is down or cannot be watched",
		Impact:  "Without the primary nothing can be written: registrations, calls and the API fail. Without a replica its reads fail or crowd the others.",
		Look:    []string{"`mysqladmin -h NODE ping` from the Prometheus server", "the provider's list of operations for the instance: a failover or maintenance?"},
		Do: []string{
			"The primary: wait for the standby of the other zone, which takes over by itself within a minute or two; if it does not, `gcloud sql instances failover NAME`.",
			"A replica: take it out of what serves reads, restart it, and see MySQLReplicationStopped when it is back.",
			"All of a region at once: see RecoveryRegionDown.",
		},
	})
	if len(m.nodes) > 1 {
		m.replicationAlert()
		m.lagAlert()
		m.writesAlert()
	}
	m.readOnlyAlert()
	m.connectionsAlert()
	m.backupAlert()
	return m
}

// replicas are the names of the servers that replicate, as a regular expression.
func (m *mysqlStore) replicas() string {
	names := make([]string, 0, len(m.nodes))
	for _, n := range m.nodes[1:] {
		names = append(names, n.Name)
	}
	return strings.Join(names, "|")
}

// replicationAlert tells of a replica whose threads do not run, or that replicates nothing at all.
func (m *mysqlStore) replicationAlert() {
	const name = "MySQLReplicationStopped"
	threads := []*metric.Family{metric.MySQLSlaveIORunning, metric.MySQLSlaveSQLRunning, metric.MySQLReplicaIORunning, metric.MySQLReplicaSQLRunning}
	parts := make([]string, len(threads))
	for i, f := range threads {
		parts[i] = fmt.Sprintf("%s{job=%q} == 0", f.Name, mysqlJob)
	}
	stopped := m.rule(name, slo.Page, fmt.Sprintf("max by (job, instance) (%s)", strings.Join(parts, " or ")), m.stores.WrongFor,
		"{{ $labels.instance }} does not replicate", "Its receiving or its applying thread does not run: it serves ever older data.")
	none := m.rule(name, slo.Page, fmt.Sprintf("%s{job=%q, %s} == 1 unless on (instance) (%s or %s)", metric.MySQLUp.Name, mysqlJob, among("instance", m.replicas()),
		metric.MySQLSlaveIORunning.Name, metric.MySQLReplicaIORunning.Name), m.stores.WrongFor,
		"{{ $labels.instance }} is no replica", "The spec says that it replicates, and it has no source: it was promoted, or its replication was reset.")
	stopped.Labels["cause"], none.Labels["cause"] = "stopped", "none"
	c := gauged(m.stores.WrongFor)
	replica := m.targetLabels(m.nodes[1])
	from := map[string]string{"master_host": m.nodes[0].Name}
	up := m.nth(1, metric.MySQLUp, nil, gauge(c.step, c.always()...))
	thread := func(f *metric.Family, values string) TestSeries { return m.nth(1, f, from, values) }
	runs, stops := gauge(c.step, c.always()...), c.gauge(1, 0)
	vanishes := gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1})
	m.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{stopped, none},
		Summary: "A replica does not replicate",
		Meaning: "With cause \"stopped\" a thread of the replica does not run, whichever of its two names the server's version has for it. With cause \"none\" a server that the spec calls a replica has no source.",
		Impact:  "Reads from it are stale and become staler. If it is the one for disasters, all that is written from now on is lost with the region.",
		Look: []string{
			"`SHOW REPLICA STATUS\\G` on it (MariaDB: `SHOW ALL SLAVES STATUS\\G`): Last_IO_Error and Last_SQL_Error name the reason",
			"panel \"Replication threads\" of the MySQL board: which thread, and since when?",
		},
		Do: []string{
			"Last_IO_Error: the network, the account, or a binlog that the source has purged; in the last case rebuild the replica from a backup.",
			"Last_SQL_Error: a row that is not as expected means that somebody wrote to the replica: see MySQLReplicaWritten. Mend it, then `START REPLICA`. Never skip what you have not read.",
			"Take it out of what serves reads until its lag is gone.",
		},
		FalsePositives: []string{"A replica that was stopped on purpose, for a backup or an upgrade: silence it by its instance."},
	},
		c.fires(name, "the applying thread of an older server stops", one(firing(stopped, replica, "", nil)), up, thread(metric.MySQLSlaveIORunning, runs), thread(metric.MySQLSlaveSQLRunning, stops)),
		c.fires(name, "the receiving thread of a newer server stops", one(firing(stopped, replica, "", nil)), up, thread(metric.MySQLReplicaIORunning, stops), thread(metric.MySQLReplicaSQLRunning, runs)),
		c.fires(name, "it was promoted", one(firing(none, replica, "", nil)), up, thread(metric.MySQLReplicaIORunning, vanishes), thread(metric.MySQLReplicaSQLRunning, vanishes)),
		c.quiet(name, "it replicates, and the primary does not", Silent, up, m.nth(0, metric.MySQLUp, nil, runs), thread(metric.MySQLReplicaIORunning, runs), thread(metric.MySQLReplicaSQLRunning, runs)))
}

// lagAlert tells of a replica that is behind.
func (m *mysqlStore) lagAlert() {
	const name = "MySQLReplicaLag"
	m.record(Record{
		Name: replicaLag, Unit: metric.Seconds, Labels: []metric.Label{{Name: "job", Help: "Job of the scrape.", Bound: "one"}, instanceLabel()},
		Help: "How far a replica says that it is behind, by either name of the column; absent while its threads do not run.",
	}, fmt.Sprintf("max by (job, instance) (%s{job=%q} or %s{job=%q})", metric.MySQLSecondsBehindMaster.Name, mysqlJob, metric.MySQLSecondsBehindSource.Name, mysqlJob), nil)
	rule := func(severity string, limit time.Duration) Rule {
		return m.rule(name, severity, fmt.Sprintf("%s > %s", replicaLag, slo.FormatNumber(limit.Seconds())), m.stores.WrongFor,
			"{{ $labels.instance }} is {{ $value | humanizeDuration }} behind", "The limit is "+slo.FormatDuration(limit)+"; readers of it do not see what was written since.")
	}
	rules := []Rule{rule(slo.Ticket, m.stores.ReadersLag)}
	if m.rpo > m.stores.ReadersLag {
		rules = append(rules, rule(slo.Page, m.rpo))
	}
	last := max(m.rpo, m.stores.ReadersLag).Seconds() + 60
	c := gauged(m.stores.WrongFor)
	replica := m.targetLabels(m.nodes[1])
	lag := func(f *metric.Family, most float64) TestSeries {
		return m.nth(1, f, map[string]string{"master_host": m.nodes[0].Name}, c.gauge(0, most))
	}
	m.alert(Alert{
		Name: name, Severity: rules[len(rules)-1].Labels["severity"], Rules: rules,
		Summary: "A replica of the database is behind",
		Meaning: fmt.Sprintf("Seconds behind, by the name of the column that the server has: more than %s opens a ticket, more than what may be lost (%s) pages. It says nothing while the threads do not run, and 0 in a silent partition: MySQLReplicationStopped and RecoveryExposureHigh see those.",
			slo.FormatDuration(m.stores.ReadersLag), slo.FormatDuration(m.rpo)),
		Impact: "Callers do not find what they have just written: a new device cannot register, a changed flow runs as before.",
		Look: []string{
			"`SHOW PROCESSLIST` on the replica: a long statement of the applying thread, or a lock that it waits for",
			"panel \"Statements\" of the MySQL board: does the primary write more than usual?",
		},
		Do: []string{
			"A single long transaction: let it end, and have its owner cut it into pieces.",
			"Too many writes for one applying thread: `STOP REPLICA SQL_THREAD; SET GLOBAL replica_parallel_workers = 8; START REPLICA SQL_THREAD`, and the same in its configuration (MariaDB: slave_parallel_threads).",
			"Until it is over, send reads that must be fresh to the primary.",
		},
		FalsePositives: []string{"A replica that is being built, or that is delayed on purpose (sql_delay)."},
	},
		c.fires(name, "an older server is behind", all(replica, humanDuration(last), rules...), lag(metric.MySQLSecondsBehindMaster, last)),
		c.fires(name, "a newer server is behind", all(replica, humanDuration(last), rules...), lag(metric.MySQLSecondsBehindSource, last)),
		c.quiet(name, "it is just not too much", Holds, lag(metric.MySQLSecondsBehindSource, m.stores.ReadersLag.Seconds())),
		c.quiet(name, "it is not known", Silent, m.nothingElse(c)...))
}
