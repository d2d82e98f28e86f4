package mysql

import (
	"context"
	"strconv"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// replication asks how far the replica has received, how its threads are, and what others would estimate.
func (s *Sampler) replication(ctx context.Context, id identity, out *rto.ReplicaSample) error {
	rows, ok, err := s.optional(ctx, s.version.statusQuery())
	if err != nil {
		return err
	}
	rows = ofChannel(rows, s.options.Channel)
	if ok {
		if err := s.readStatus(rows, id.at, out); err != nil {
			return err
		}
	}
	if s.options.Bare {
		return nil
	}
	return s.estimate(ctx, out)
}

// ofChannel keeps the rows of one channel (MySQL) or connection (MariaDB).
func ofChannel(rows []map[string]string, channel string) []map[string]string {
	if channel == "" {
		return rows
	}
	var kept []map[string]string
	for _, row := range rows {
		if named(row, "Channel_Name", "Connection_name") == channel {
			kept = append(kept, row)
		}
	}
	return kept
}

// named is the first of the columns that the row has: MySQL 8.0.22 renamed them.
func named(row map[string]string, columns ...string) string {
	for _, c := range columns {
		if v, ok := row[c]; ok {
			return v
		}
	}
	return ""
}

// readStatus reads SHOW REPLICA STATUS of either kind. A server without any row replicates from nobody: it has received what it has.
//
// MySQL tells what lies in the relay log, MariaDB how far it has asked the source. MariaDB throws its relay log away when replication is
// started while both threads stand (MariaDB manual, "GTID": relay logs are purged): what they hold is then as good as lost and does not count.
func (s *Sampler) readStatus(rows []map[string]string, applied rto.Position, out *rto.ReplicaSample) error {
	received, behind := applied, behind{}
	for _, row := range rows {
		threads := rto.Threads{
			Receiving: named(row, "Replica_IO_Running", "Slave_IO_Running"),
			Applying:  named(row, "Replica_SQL_Running", "Slave_SQL_Running"),
			LastError: max(number(row, "Last_IO_Errno"), number(row, "Last_SQL_Errno")),
		}
		out.Threads = worse(out.Threads, threads)
		behind.add(named(row, "Seconds_Behind_Source", "Seconds_Behind_Master"))
		if s.version.Flavour == MariaDB && threads.Receiving == "No" && threads.Applying == "No" {
			continue
		}
		p, err := rto.ParsePosition(named(row, "Retrieved_Gtid_Set", "Gtid_IO_Pos"))
		if err != nil {
			return errMalformed
		}
		received = received.Union(p)
	}
	out.Received, out.ReceivedKnown = received, true
	out.Estimates.SecondsBehind = behind.worst
	return nil
}

// behind gathers Seconds_Behind_* of all channels: the largest, or nothing if one of them says NULL.
type behind struct {
	worst   *float64
	unknown bool
}

func (b *behind) add(text string) {
	seconds, err := strconv.ParseFloat(text, 64)
	b.unknown = b.unknown || err != nil
	switch {
	case b.unknown:
		b.worst = nil
	case b.worst == nil || seconds > *b.worst:
		b.worst = &seconds
	}
}

func number(row map[string]string, column string) int {
	n, err := strconv.Atoi(row[column])
	if err != nil {
		return 0 // not there: no error is known
	}
	return n
}

// worse is the state of two channels together: neither runs if one does not.
func worse(a *rto.Threads, b rto.Threads) *rto.Threads {
	if a == nil {
		return &b
	}
	if a.Receiving == "Yes" {
		a.Receiving = b.Receiving
	}
	if a.Applying == "Yes" {
		a.Applying = b.Applying
	}
	a.LastError = max(a.LastError, b.LastError)
	return a
}

// estimate asks what others go by. Ages are taken on the tracker's clock: the original commit times are of the source's clock and the
// heartbeat's of its writer, never the replica's own NOW(), which may be seconds off and hide as much loss (recovery evidence 2.2).
func (s *Sampler) estimate(ctx context.Context, out *rto.ReplicaSample) error {
	if s.version.Flavour == MySQL {
		rows, ok, err := s.spare(ctx, stampsQuery)
		if err != nil {
			return err
		}
		if ok && len(rows) == 1 {
			out.Estimates.QueuedAge, out.Estimates.AppliedAge = ages(rows[0], s.now())
		}
	}
	if s.options.Heartbeat == "" {
		return nil
	}
	rows, ok, err := s.spare(ctx, "SELECT MAX(t_us) AS beat FROM "+s.options.Heartbeat)
	if err != nil || !ok || len(rows) != 1 {
		return err
	}
	if us, err := strconv.ParseInt(rows[0]["beat"], 10, 64); err == nil {
		out.Estimates.Heartbeat = age(time.UnixMicro(us), s.now())
	}
	return nil
}

// ages reads the answer to stampsQuery; what was never set, or was reset by START REPLICA, is left out.
func ages(row map[string]string, now rto.Instant) (queued, applied *float64) {
	if t, ok := parseStamp(row["queued"]); ok {
		queued = age(t, now)
	}
	if t, ok := parseStamp(row["applied"]); ok {
		applied = age(t, now)
	}
	return queued, applied
}

func age(t time.Time, now rto.Instant) *float64 {
	seconds := now.Sub(rto.InstantOf(t)).Seconds()
	return &seconds
}
