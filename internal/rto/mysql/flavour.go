package mysql

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// Flavour is whose server it is.
type Flavour string

// The flavours. Forks that call themselves MySQL (Percona Server) are MySQL.
const (
	MySQL   Flavour = "mysql"
	MariaDB Flavour = "mariadb"
)

// Version is what a server says it is. The zero Version is "not known yet".
type Version struct {
	Flavour             Flavour
	Major, Minor, Patch int
}

// ParseVersion reads the result of VERSION(): "9.7.4-2", "8.0.36-28", "10.11.19-MariaDB-0+deb12u1-log", and "5.5.5-10.11.2-MariaDB",
// which MariaDB tells clients that would else take 10 for older than 5 (its manual, "VERSION()").
func ParseVersion(text string) (Version, error) {
	v := Version{Flavour: MySQL}
	if strings.Contains(text, "MariaDB") {
		v.Flavour = MariaDB
		text = strings.TrimPrefix(text, "5.5.5-")
	}
	number, _, _ := strings.Cut(text, "-")
	parts := strings.Split(number, ".")
	if len(parts) < 3 {
		return Version{}, fmt.Errorf("version %q: want three numbers", text)
	}
	for i, to := range []*int{&v.Major, &v.Minor, &v.Patch} {
		n, err := strconv.Atoi(parts[i])
		if err != nil {
			return Version{}, fmt.Errorf("version %q: want three numbers", text)
		}
		*to = n
	}
	return v, nil
}

// String shows flavour and version.
func (v Version) String() string {
	if v == (Version{}) {
		return "unknown"
	}
	return fmt.Sprintf("%s %d.%d.%d", v.Flavour, v.Major, v.Minor, v.Patch)
}

// atLeast compares within a flavour.
func (v Version) atLeast(major, minor, patch int) bool {
	if v.Major != major {
		return v.Major > major
	}
	if v.Minor != minor {
		return v.Minor > minor
	}
	return v.Patch >= patch
}

// answer is what identityQuery asks for.
type answer struct {
	at, server, log, clock string
	readOnly, fit          sql.NullString
}

// identityQuery asks for everything that needs no privilege, in one round trip: the position of a source (binlog) or of a replica (applied),
// whether it takes writes, who it is, whether its position tells of every write, and its clock where that is wanted. A source without GTIDs or
// binlog shows a position that stands still while it takes writes, and would prove everything. MariaDB's applied position is gtid_slave_pos:
// gtid_current_pos would give a number that this server wrote itself for one that it applied. What a replica of MariaDB wrote itself is in
// gtid_binlog_pos. No column is asked for in vain: each costs a source some microseconds (docs/proof/recovery-cost.txt).
func (v Version) identityQuery(replica, clock bool) string {
	query := map[bool]string{
		true:  "SELECT @@GLOBAL.gtid_executed, @@GLOBAL.read_only, @@GLOBAL.server_uuid",
		false: "SELECT @@GLOBAL.gtid_executed, @@GLOBAL.read_only, @@GLOBAL.server_uuid, @@GLOBAL.gtid_mode = 'ON'",
	}[replica]
	if v.Flavour == MariaDB {
		query = map[bool]string{
			true:  "SELECT @@GLOBAL.gtid_slave_pos, @@GLOBAL.read_only, @@GLOBAL.server_id, @@GLOBAL.gtid_binlog_pos",
			false: "SELECT @@GLOBAL.gtid_binlog_pos, @@GLOBAL.read_only, @@GLOBAL.server_id, @@GLOBAL.log_bin",
		}[replica]
	}
	if clock {
		query += ", UTC_TIMESTAMP(6)"
	}
	return query
}

// identityTargets are where the columns of identityQuery go.
func (v Version) identityTargets(a *answer, replica, clock bool) []any {
	targets := []any{&a.at, &a.readOnly, &a.server}
	switch {
	case !replica:
		targets = append(targets, &a.fit)
	case v.Flavour == MariaDB:
		targets = append(targets, &a.log)
	}
	if clock {
		targets = append(targets, &a.clock)
	}
	return targets
}

// statusQuery asks a replica for its replication. The old words no longer parse on 8.4 and later, the new ones came with 8.0.22.
func (v Version) statusQuery() string {
	switch {
	case v.Flavour == MariaDB:
		return "SHOW ALL SLAVES STATUS"
	case v.atLeast(8, 0, 22):
		return "SHOW REPLICA STATUS"
	default:
		return "SHOW SLAVE STATUS"
	}
}

// stampsQuery asks for the original commit times of the newest transaction received and applied. They are taken as text: comparing a zero
// date is an error in strict mode, and as text it sorts first. Over workers the newest counts (recovery evidence 2.2).
const stampsQuery = "SELECT (SELECT MAX(CAST(LAST_QUEUED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP AS CHAR)) FROM performance_schema.replication_connection_status) AS queued, " +
	"(SELECT MAX(CAST(LAST_APPLIED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP AS CHAR)) FROM performance_schema.replication_applier_status_by_worker) AS applied"
