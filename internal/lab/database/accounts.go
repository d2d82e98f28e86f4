package database

import (
	"github.com/voipbin/observability/internal/rto/mysql"
)

// User is an account of the laboratory's servers.
type User string

// The accounts. Their password is the name twice: nothing of this is reachable from outside, and all of it is gone with the laboratory.
const (
	// Repl replicates, and reads the binlog of a fenced source.
	Repl User = "repl"
	// Monitor has what the sampler needs to see everything, and nothing else (recovery evidence 3.5).
	Monitor User = "monitor"
	// Nobody has no privilege at all.
	Nobody User = "nobody"
	// Writer writes into lab.ledger: the application.
	Writer User = "writer"
	// Canary may do as it likes in the database canary.
	Canary User = "canary"
)

func (u User) password() string { return string(u) + string(u) }

// statements make the accounts and the tables, on the source, from where they replicate.
func statements(flavour mysql.Flavour) []string {
	all := []string{
		"CREATE DATABASE lab", "CREATE DATABASE canary", "CREATE DATABASE drheartbeat",
		"CREATE TABLE lab.ledger (seq BIGINT PRIMARY KEY, t_us BIGINT NOT NULL, pad VARCHAR(200) NOT NULL DEFAULT '')",
		"CREATE TABLE drheartbeat.heartbeat (server_id INT UNSIGNED PRIMARY KEY, t_us BIGINT NOT NULL)",
	}
	for _, u := range []User{Repl, Monitor, Nobody, Writer, Canary} {
		all = append(all, "CREATE USER '"+string(u)+"'@'127.0.0.1' IDENTIFIED BY '"+u.password()+"'")
	}
	grants := map[User][]string{
		Repl:    {"REPLICATION SLAVE ON *.*"},
		Monitor: {"SELECT ON drheartbeat.*"},
		Writer:  {"SELECT, INSERT, UPDATE, DELETE ON lab.*", "SELECT, INSERT, UPDATE ON drheartbeat.*"},
		Canary:  {"CREATE, SELECT, INSERT, DELETE ON canary.*"},
	}
	if flavour == mysql.MariaDB {
		grants[Monitor] = append(grants[Monitor], "SLAVE MONITOR, BINLOG MONITOR ON *.*")
	} else {
		grants[Monitor] = append(grants[Monitor], "REPLICATION CLIENT ON *.*")
		for _, table := range []string{"connection_status", "connection_configuration", "applier_status", "applier_status_by_coordinator", "applier_status_by_worker", "applier_configuration"} {
			grants[Monitor] = append(grants[Monitor], "SELECT ON performance_schema.replication_"+table)
		}
	}
	for _, u := range []User{Repl, Monitor, Writer, Canary} {
		for _, g := range grants[u] {
			all = append(all, "GRANT "+g+" TO '"+string(u)+"'@'127.0.0.1'")
		}
	}
	return all
}
