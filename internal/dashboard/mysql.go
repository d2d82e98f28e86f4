package dashboard

import (
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// mysqlBoard makes the cards of the database's board.
type mysqlBoard struct{ storeBoard }

func mysql(m *maker) board {
	b := mysqlBoard{storeBoard{m}}
	return board{
		name: "mysql", title: "VoIPBIN / MySQL", folder: storesFolder, from: "now-6h",
		description: "The primary, its replicas and their backups: does it answer, do all follow, how much room is left?",
		rows: []row{
			{title: "Does it answer?", cards: b.answering()},
			{title: "Do the replicas follow?", cards: slices.Concat([]card{b.threads()}, b.where("voipbin:mysql_replica_lag:seconds", b.lag), b.writing())},
			{title: "What does it do?", cards: b.work()},
			{title: "Is it large enough?", cards: b.large()},
			{title: "Is it backed up?", cards: []card{b.backupAge(), b.backupSize()}},
			{title: "Objectives", cards: b.objectivesOf("mysql")},
		},
	}
}

func (b mysqlBoard) answering() []card {
	up := b.answers("Servers up",
		"Whether each server answered its exporter. If one does not, its runbook says what to do; one that is missing here is not scraped.",
		query.Of(metric.MySQLUp).Min("instance"), "MySQLDown")
	up.weight = 2
	return append([]card{
		up,
		b.share("Connections",
			"Connected threads as a share of max_connections. A leap is a deployment or a retry storm, a slope is a leak: look whose they are.",
			query.Of(metric.MySQLConnected).Sum("instance").Over(query.Of(metric.MySQLMaxConnections).Sum("instance"), "instance"), "MySQLConnectionsHigh"),
		b.inventory("Versions of the servers",
			"Which version runs where. A replica may be newer than its source, never older: finish an upgrade that stopped half way.",
			query.Of(metric.MySQLVersion).Max("instance", "version"), []panel.Column{{Field: "instance", Name: "Server"}, {Field: "version", Name: "Version"}}),
	}, b.failover()...)
}

// failover shows whether another zone could take the primary over, where it should.
func (b mysqlBoard) failover() []card {
	if len(b.made("MySQLFailoverImpossible")) == 0 {
		return nil
	}
	return []card{{
		kind: panel.StateTimelineType, title: "Could fail over", states: upStates("could", "could not"), alerts: b.made("MySQLFailoverImpossible"), none: "the cloud tells nothing",
		description: "Whether another zone could take each managed database over by itself, by Cloud Monitoring. Where it could not, the loss of the zone is an outage until somebody mends it.",
		asks:        []ask{{query.Of(metric.CloudSQLFailover).Max("database_id"), "{{database_id}}"}},
	}}
}

func (b mysqlBoard) threads() card {
	receives := query.Of(metric.MySQLSlaveIORunning).Or(query.Of(metric.MySQLReplicaIORunning)).Min("instance")
	applies := query.Of(metric.MySQLSlaveSQLRunning).Or(query.Of(metric.MySQLReplicaSQLRunning)).Min("instance")
	return card{
		kind: panel.StateTimelineType, title: "Replication threads", states: upStates("runs", "stopped"), alerts: b.made("MySQLReplicationStopped"), none: "nothing replicates",
		description: "Whether each replica receives and applies. Stopped receiving is the network or the account, stopped applying is a row that is not as expected.",
		asks:        []ask{{receives, "{{instance}} receives"}, {applies, "{{instance}} applies"}},
	}
}

func (b mysqlBoard) lag() card {
	return card{
		kind: panel.TimeSeriesType, title: "Replica lag", alerts: b.made("MySQLReplicaLag"), none: "nothing replicates",
		description: "How far each replica says it is behind. It is silent while its threads do not run, and blind in a partition: the Recovery board has what is proven.",
		asks:        each(b.record("voipbin:mysql_replica_lag:seconds")),
	}
}

// writing shows which servers take writes, and which get them.
func (b mysqlBoard) writing() []card {
	return []card{
		{
			kind: panel.StateTimelineType, title: "Takes writes", alerts: b.made("MySQLReadOnlyWrong"),
			states:      []panel.State{{Value: 0, Text: "writes", Color: panel.Warning}, {Value: 1, Text: "read-only", Color: panel.Good}},
			description: "read_only of each server: off at the primary alone. A second one that takes writes parts the histories; set super_read_only there.",
			asks:        each(query.Of(metric.MySQLReadOnly).Min("instance")),
		},
		{
			kind: panel.TimeSeriesType, title: "Writes of clients", alerts: b.made("MySQLReplicaWritten"),
			description: "Statements of clients a second that change rows. Replicas must stay at zero: what they replicate is not counted.",
			asks:        each(query.Of(metric.MySQLCommands, query.Like("command", "delete|insert|replace|update")).Rate().Sum("instance")),
		},
	}
}

func (b mysqlBoard) work() []card {
	kinds := []string{"select", "insert", "update", "delete", "commit", "rollback"}
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Statements", weight: 2, looks: panel.Series(kinds),
			description: "Statements a second of the most usual kinds. A kind that doubled without more calls came with a deployment.",
			asks:        []ask{{query.Of(metric.MySQLCommands, query.Like("command", strings.Join(kinds, "|"))).Rate().Sum("command"), "{{command}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Running statements",
			description: "Statements that run at the moment. More than the server has CPUs wait for each other: find the lock or the slow one in the process list.",
			asks:        each(query.Of(metric.MySQLRunning).Sum("instance")),
		},
		{
			kind: panel.TimeSeriesType, title: "Buffer pool",
			description: "Size of the pool of pages. Much less than the machine's memory is a setting that was forgotten: most of it should be the pool's.",
			asks:        each(query.Of(metric.MySQLBufferPoolSize).Max("instance")),
		},
		{
			kind: panel.TimeSeriesType, title: "Connections refused", none: "none",
			description: "Connections a second that the server could not make, by reason. With max_connections the server is full: look whose connections they are.",
			asks:        []ask{{query.Of(metric.MySQLConnectionErrors).Rate().Sum("error"), "{{error}}"}},
		},
	}
}

const noBackup = "no backup is known"

func (b mysqlBoard) backupAge() card {
	c := card{
		kind: panel.StatType, title: "Age of the newest backup", none: noBackup, alerts: b.made("MySQLBackupOld"),
		description: "How long ago the newest backup was written that is not empty. Make one by hand if it is too old, then mend the schedule.",
		asks:        []ask{{query.Age(query.Of(metric.PlatformBackupTime).Max()), "newest"}},
	}
	if most := b.spec.Stores.MySQL.Backups.MaxAge; most > 0 {
		c.thresholds = panel.Rising(panel.Good, panel.Bound{From: most.Seconds(), Color: panel.Bad})
		c.description += " The most is " + slo.FormatDuration(most) + "."
	}
	return c
}

func (b mysqlBoard) backupSize() card {
	return card{
		kind: panel.TimeSeriesType, title: "Size of the newest backup", none: noBackup,
		description: "How large the newest backup is. One that is much smaller than the one before is not whole: restore it somewhere and look.",
		asks:        []ask{{query.Of(metric.PlatformBackupSize).Max(), "size"}},
	}
}
