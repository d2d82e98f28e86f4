package mysql

import (
	"fmt"
	"strconv"
	"strings"
)

// status judges SHOW REPLICA STATUS, each channel by itself.
func (d *doctor) status() {
	grant := "GRANT REPLICATION CLIENT ON *.* to the tracker's account"
	if d.mariaDB() {
		grant = "GRANT SLAVE MONITOR ON *.* to the tracker's account"
	}
	d.say(TrapReceived, d.facts.StatusKnown, fmt.Sprintf("received position visible: %v", d.facts.StatusKnown), grant)
	if !d.facts.StatusKnown {
		for _, trap := range []Trap{TrapThreads, TrapRetryCount, TrapDelay, TrapFilters, TrapAutoPosition, TrapRelayBacklog} {
			d.unknown(trap, "the account may not ask", grant)
		}
		return
	}
	if len(d.facts.Status) == 0 {
		d.say(TrapThreads, false, "it replicates from nobody", "set up replication, or do not call it a replica")
	}
	for _, row := range d.facts.Status {
		d.channel(row)
	}
	d.backlog()
}

// channel judges one channel.
func (d *doctor) channel(row map[string]string) {
	io, sql := named(row, "Replica_IO_Running", "Slave_IO_Running"), named(row, "Replica_SQL_Running", "Slave_SQL_Running")
	errors := fmt.Sprintf("receiving %s, applying %s, error numbers %d and %d", io, sql, number(row, "Last_IO_Errno"), number(row, "Last_SQL_Errno"))
	d.say(TrapThreads, io == "Yes" && sql == "Yes", errors, "start replication; the error log of the replica says why it stands")
	d.retries(named(row, "Source_Retry_Count", "Master_Retry_Count"), named(row, "Connect_Retry"))
	if delay, err := strconv.Atoi(row["SQL_Delay"]); err == nil {
		d.say(TrapDelay, delay == 0, fmt.Sprintf("%d s", delay), "set the delay to 0; a delayed replica is no survivor")
	} else {
		d.unknown(TrapDelay, "SQL_Delay is not told", "")
	}
	var filters []string
	for _, name := range []string{"Replicate_Do_DB", "Replicate_Ignore_DB", "Replicate_Do_Table", "Replicate_Ignore_Table", "Replicate_Wild_Do_Table", "Replicate_Wild_Ignore_Table", "Replicate_Do_Domain_Ids", "Replicate_Ignore_Domain_Ids"} {
		if row[name] != "" {
			filters = append(filters, name)
		}
	}
	d.say(TrapFilters, len(filters) == 0, "filters set: "+strconv.Itoa(len(filters))+" "+strings.Join(filters, ", "), "remove the filters: what they leave out is lost in a failover, and no position shows it")
	follows := named(row, "Auto_Position", "Using_Gtid")
	d.say(TrapAutoPosition, follows != "" && follows != "0" && follows != "No", "position by GTID: "+follows, "let the replica find its position by GTID (SOURCE_AUTO_POSITION = 1, MASTER_USE_GTID = slave_pos)")
}

// retries judges how long replication goes on trying. MySQL 8.4 lowered the count to 10, ten minutes at the default pause (measured: it gave
// up for good); MariaDB before 12 tells it nowhere.
func (d *doctor) retries(count, pause string) {
	fix := "CHANGE REPLICATION SOURCE TO SOURCE_RETRY_COUNT = 86400"
	if d.mariaDB() {
		fix = "start the replica with --master-retry-count=86400"
	}
	n, err := strconv.Atoi(count)
	if err != nil {
		d.unknown(TrapRetryCount, "the server does not tell how often it tries", fix)
		return
	}
	d.say(TrapRetryCount, n == 0 || n >= leastRetries, fmt.Sprintf("%d tries, one each %s s", n, pause), fix)
}

// backlog judges how much was received and not applied.
func (d *doctor) backlog() {
	s := d.facts.Sample
	if s == nil || !s.ReceivedKnown {
		d.unknown(TrapRelayBacklog, "the received position is not known", "")
		return
	}
	n := s.Received.Minus(s.Applied).Count()
	d.say(TrapRelayBacklog, n <= mostRelayed, fmt.Sprintf("%d transactions received and not applied", n), "find what holds the applier up; more of its workers may help")
}
