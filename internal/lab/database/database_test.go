package database

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/rto/mysql"
)

// TestMonitorHasTheLeast keeps the account that the tracker is tested with from getting rights that it need not have.
func TestMonitorHasTheLeast(t *testing.T) {
	t.Parallel()
	for _, flavour := range []mysql.Flavour{mysql.MariaDB, mysql.MySQL} {
		seen := false
		for _, q := range statements(flavour) {
			if !strings.HasPrefix(q, "GRANT ") {
				continue
			}
			if strings.Contains(q, "'nobody'") {
				t.Errorf("%s: nobody gets %q", flavour, q)
			}
			if !strings.Contains(q, "'monitor'") {
				continue
			}
			seen = true
			for _, never := range []string{"ALL", "SUPER", "INSERT", "UPDATE", "DELETE", "CREATE", "REPLICATION SLAVE", "lab.*"} {
				if strings.Contains(q, never) {
					t.Errorf("%s: the monitor gets %q", flavour, q)
				}
			}
		}
		if !seen {
			t.Errorf("%s: the monitor gets nothing", flavour)
		}
	}
}

func TestRequestNamesASuiteWhereItMust(t *testing.T) {
	t.Parallel()
	if r := Request(mysql.MySQL, ""); r.Suite != "sid" || !r.AllowExpired || r.Packages[0] != "mysql-server-core" {
		t.Errorf("%+v", r)
	}
	if r := Request(mysql.MariaDB, ""); r.Suite != "" || r.AllowExpired || r.Packages[0] != "mariadb-server-core" {
		t.Errorf("%+v", r)
	}
	if r := Request(mysql.MariaDB, "trixie"); r.Suite != "trixie" || !r.AllowExpired {
		t.Errorf("%+v", r)
	}
}

// TestSystemTables takes the files of before and since MariaDB 11, in the order in which they depend on each other.
func TestSystemTables(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"mysql", "mariadb"} {
		share := t.TempDir()
		for _, name := range []string{"_system_tables.sql", "_performance_tables.sql", "_system_tables_data.sql"} {
			if err := os.WriteFile(filepath.Join(share, prefix+name), []byte("-- "+name+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		text, err := systemTables(share)
		first, second, third := strings.Index(text, "-- _system_tables.sql"), strings.Index(text, "-- _performance_tables.sql"), strings.Index(text, "-- _system_tables_data.sql")
		if err != nil || first < 0 || second < first || third < second || !strings.HasPrefix(text, "CREATE DATABASE") {
			t.Errorf("%s: %v:\n%s", prefix, err, text)
		}
	}
	if _, err := systemTables(t.TempDir()); err == nil {
		t.Error("no files are no error")
	}
}

func TestCopyDataLeavesTheIdentityBehind(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "data")
	for _, name := range []string{"auto.cnf", "ibdata1"} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyData(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(to, "ibdata1")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(to, "auto.cnf")); !os.IsNotExist(err) {
		t.Errorf("two servers would have one UUID: %v", err)
	}
	if err := copyData(t.Context(), filepath.Join(from, "none"), to+"2"); err == nil {
		t.Error("nothing to copy is no error")
	}
}
