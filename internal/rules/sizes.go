package rules

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// These rules hold what carries data to the sizes that the spec states: a managed database by what the cloud tells of it, as it has no
// machine to ask; brokers and databases on machines of their own by those of hosts.go.

// When the disk of a managed database is seen to fill: from so much of the past, so far ahead.
const (
	databaseAhead   = 7 * 24 * time.Hour
	databaseHistory = 6 * time.Hour
)

// storeMachines are the machines of brokers and databases that node_exporter watches, those of one size together.
func storeMachines(s *spec.Spec) []fleetOf {
	var fleets []fleetOf
	add := func(tier, name string, m spec.Machine) {
		if m.CPUs == 0 || !watchedHost(s, name) {
			return
		}
		m.Pos = s.Stores.Pos // where it stands does not tell machines apart
		at := slices.IndexFunc(fleets, func(f fleetOf) bool { return f.machine == m })
		if at < 0 {
			at = len(fleets)
			fleets = append(fleets, fleetOf{name: tier, machine: m})
		}
		fleets[at].nodes = append(fleets[at].nodes, spec.Node{Name: name})
	}
	for _, n := range s.Stores.RabbitMQ.Nodes {
		add("rabbitmq_"+n.Role, n.Name, n.Machine)
	}
	for _, n := range s.Stores.MySQL.Nodes() {
		add(strings.ReplaceAll(n.Name, "-", "_"), n.Name, n.Machine)
	}
	return fleets
}

// watchedHost reports whether node_exporter is asked on a machine.
func watchedHost(s *spec.Spec, name string) bool {
	return slices.ContainsFunc(s.Scrape.Jobs, func(j spec.ScrapeJob) bool {
		return j.Name == nodeJob && slices.ContainsFunc(j.Targets, func(target string) bool {
			host, _, err := net.SplitHostPort(target)
			return err == nil && host == name
		})
	})
}

// databases returns the alerts about the sizes of managed databases, and of what the cloud would give to another region.
func databases(s *spec.Spec, l links) *signs {
	d := &signs{links: l, limits: s.Alerts}
	if !scraped(s, cloudJob) {
		return d
	}
	if m := s.Stores.MySQL; m.Described() && m.Primary.Machine.CPUs > 0 && !watchedHost(s, m.Primary.Name) {
		d.databaseSize(m)
		d.databaseBusy(m)
		d.databaseDisk(m)
		if m.HighAvailability != "none" {
			d.failoverImpossible(m)
		}
	}
	d.quota(s)
	return d
}

// ofDatabase selects what the cloud tells of one database.
func ofDatabase(f *metric.Family, name string) string {
	return fmt.Sprintf("max by (database_id) (%s{database_id=~%q})", f.Name, ".+:"+name)
}

// databaseSeries is a series of a database in a story.
func databaseSeries(f *metric.Family, name, values string) TestSeries {
	return series(f.Name, map[string]string{"job": cloudJob, "project_id": "voipbin", "database_id": "voipbin:" + name}, values)
}

func (s *signs) databaseSize(m spec.MySQL) {
	var clauses []clause
	var faults []shown
	least := 1 - machineSlack
	for _, n := range m.Nodes() {
		add := func(what, expr, is string, f *metric.Family, right float64) {
			clauses = append(clauses, clause{slo.Ticket, strings.ReplaceAll(n.Name, "-", "_") + "_" + what, expr, "{{ $labels.database_id }} is not of the size that the spec has", is})
			faults = append(faults, shown{
				whose: map[string]string{"database_id": "voipbin:" + n.Name}, value: fmt.Sprint(right / 2),
				fault: func(c lapse) []TestSeries { return []TestSeries{databaseSeries(f, n.Name, c.gauge(right, right/2))} },
			})
		}
		if n.Machine.CPUs > 0 {
			add("cpus", fmt.Sprintf("%s != %d", ofDatabase(metric.CloudSQLCores, n.Name), n.Machine.CPUs), fmt.Sprintf("It has {{ $value }} processors instead of %d.", n.Machine.CPUs),
				metric.CloudSQLCores, float64(n.Machine.CPUs))
			add("memory", fmt.Sprintf("%s < %s", ofDatabase(metric.CloudSQLMemoryQuota, n.Name), slo.FormatNumber(least*float64(n.Machine.MemoryBytes))),
				fmt.Sprintf("It has {{ $value }} bytes of memory instead of %d.", n.Machine.MemoryBytes), metric.CloudSQLMemoryQuota, float64(n.Machine.MemoryBytes))
		}
		if n.StorageBytes > 0 {
			add("storage", fmt.Sprintf("%s < %s", ofDatabase(metric.CloudSQLDiskQuota, n.Name), slo.FormatNumber(least*float64(n.StorageBytes))),
				fmt.Sprintf("Its disk has {{ $value }} bytes instead of %d.", n.StorageBytes), metric.CloudSQLDiskQuota, float64(n.StorageBytes))
		}
	}
	if len(clauses) == 0 {
		return
	}
	n := m.Primary
	s.add(sign{
		Alert: Alert{
			Name:    "MySQLSizeDiffers",
			Summary: "A database is not of the size that the spec states",
			Meaning: fmt.Sprintf("Processors, memory or disk of a managed database differ from spec/stores.yaml, by what Cloud Monitoring says; memory and disk may be %s smaller. The label cause names the database and the number.", percent(machineSlack)),
			Impact:  "None at once. A replica that is smaller than its primary falls behind, and cannot stand in for it; a disk that is smaller cannot hold it.",
			Look:    []string{"`gcloud sql instances describe NAME --format='value(settings.tier,settings.dataDiskSizeGb)'`", "`git log -5 -- spec/stores.yaml`: was the spec changed, and the database not yet?"},
			Do: []string{
				"It was changed on purpose: take the number over into spec/stores.yaml and run `obsgen generate`.",
				"Else `gcloud sql instances patch NAME --tier=db-custom-CPUS-MEMORY`, which restarts it: in a maintenance window.",
			},
			FalsePositives: []string{"None known: what Cloud Monitoring does not tell is not judged."},
		},
		board: mysqlBoard, wait: s.limits.Stores.ManagedFor, whose: faults[0].whose, value: faults[0].value, fault: faults[0].fault, others: faults[1:],
		well: func(c lapse) []TestSeries {
			return []TestSeries{databaseSeries(metric.CloudSQLCores, n.Name, c.steady(float64(n.Machine.CPUs)))}
		},
	}, clauses...)
}

func (s *signs) databaseBusy(m spec.MySQL) {
	n, limit := m.Primary, s.limits.Stores.ManagedCPU
	busy := (1 + limit) / 2
	used := func(values string) []TestSeries {
		return []TestSeries{databaseSeries(metric.CloudSQLCPU, n.Name, values)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "MySQLCPUBusy",
			Summary: "A database has hardly any processor time left",
			Meaning: fmt.Sprintf("For %s a managed database has used more than %s of its processors, by Cloud Monitoring, which is some minutes late.", slo.FormatDuration(s.limits.Stores.ManagedFor), percent(limit)),
			Impact:  "Statements wait for each other, connections pile up, and a replica falls behind.",
			Look: []string{
				"`SELECT digest_text, count_star, sum_timer_wait/1e12 AS seconds FROM performance_schema.events_statements_summary_by_digest ORDER BY 3 DESC LIMIT 10` on it",
				"the MySQL board: connections, and statements that are slow",
			},
			Do: []string{
				"One statement has most of the time: give it an index, or stop what sends it (`KILL QUERY ID`, with the id of `SHOW FULL PROCESSLIST`).",
				"Reads on the primary: send them to the replicas.",
				"All of them grow: the Capacity and Right-sizing boards say for how long; order a larger machine.",
			},
			FalsePositives: []string{"A backup or a change of a table's form that runs at the time."},
		},
		board: mysqlBoard, wait: s.limits.Stores.ManagedFor, whose: map[string]string{"database_id": "voipbin:" + n.Name}, value: percent(busy),
		fault: func(c lapse) []TestSeries { return used(c.gauge(limit/2, busy)) },
		well:  func(c lapse) []TestSeries { return used(c.steady(limit)) },
	}, clause{slo.Ticket, "", fmt.Sprintf("max by (database_id) (%s) > %g", metric.CloudSQLCPU.Name, limit),
		"{{ $labels.database_id }} has no processor time left", "It uses {{ $value | humanizePercentage }} of its processors."})
}

func (s *signs) databaseDisk(m spec.MySQL) {
	n, size, limit := m.Primary, float64(m.Primary.StorageBytes), s.limits.Stores.ManagedDisk
	growing, full := (spec.HalfFull+limit)/2, (1+limit)/2
	disk := func(used string, c lapse) []TestSeries {
		return []TestSeries{databaseSeries(metric.CloudSQLDiskUsed, n.Name, used), databaseSeries(metric.CloudSQLDiskQuota, n.Name, c.steady(size))}
	}
	share := fmt.Sprintf("max by (database_id) (%s) / max by (database_id) (%s > 0)", metric.CloudSQLDiskUsed.Name, metric.CloudSQLDiskQuota.Name)
	s.add(sign{
		Alert: Alert{
			Name:    "MySQLDiskFilling",
			Summary: "The disk of a database is full, or will be within days",
			Meaning: fmt.Sprintf("More than %s of the disk of a managed database is used (cause high), or it would be full within %s if it grew on as in the last %s (cause forecast).", percent(limit), slo.FormatDuration(databaseAhead), slo.FormatDuration(databaseHistory)),
			Impact:  "A full disk stops the database: nothing can be written, and all that needs it fails.",
			Look: []string{
				"`SELECT table_schema, table_name, ROUND((data_length+index_length)/1e9, 1) AS gb FROM information_schema.tables ORDER BY 3 DESC LIMIT 10` on it",
				"`SHOW BINARY LOGS` on it: logs that a replica which is down still needs are kept",
			},
			Do: []string{
				"Binary logs: bring the replica back, or drop it, and they go.",
				"A table that only grows: delete what is past its time, or move it.",
				"Else enlarge the disk, which cannot be made smaller again: `gcloud sql instances patch NAME --storage-size=GB`, and storage in spec/stores.yaml.",
			},
			FalsePositives: []string{"A large import makes a steep forecast that ends with it."},
		},
		board: mysqlBoard, wait: s.limits.Stores.ManagedFor, whose: map[string]string{"database_id": "voipbin:" + n.Name}, value: percent(growing),
		fault: func(c lapse) []TestSeries { return disk(c.gauge(spec.HalfFull*size, growing*size), c) },
		well:  func(c lapse) []TestSeries { return disk(c.steady(growing*size), c) },
		others: []shown{{whose: map[string]string{"database_id": "voipbin:" + n.Name}, value: percent(full), fault: func(c lapse) []TestSeries {
			// It was made smaller: what is used does not grow.
			return []TestSeries{databaseSeries(metric.CloudSQLDiskUsed, n.Name, c.steady(full*size)), databaseSeries(metric.CloudSQLDiskQuota, n.Name, c.gauge(2*size, size))}
		}}},
	}, clause{slo.Ticket, "forecast", fmt.Sprintf("%s > %g and max by (database_id) (predict_linear(%s[%s], %d)) > max by (database_id) (%s)", share, spec.HalfFull, metric.CloudSQLDiskUsed.Name, slo.FormatDuration(databaseHistory), int(databaseAhead.Seconds()), metric.CloudSQLDiskQuota.Name),
		"The disk of {{ $labels.database_id }} will be full within days", "{{ $value | humanizePercentage }} of it is used, and it fills."},
		clause{slo.Ticket, "high", fmt.Sprintf("%s > %g", share, limit), "The disk of {{ $labels.database_id }} is nearly full", "{{ $value | humanizePercentage }} of it is used."})
}
