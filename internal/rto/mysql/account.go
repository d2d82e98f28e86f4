// Package mysql looks at MySQL and MariaDB servers for the recovery core: positions, threads and estimates of a source and its replicas,
// the tracker's own canary writes, and the traps that make a replica useless on the day it is needed. It refuses to judge what it saw, to
// retry a question behind the caller's back, to change a server other than by the canary, and to put credentials or a server's own words
// into an error.
package mysql

import (
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

// DefaultLimit bounds a connection's set-up and the questions of one look. A healthy server on the other side of an ocean answers in a
// third of it; one that is slower is not seen (recovery evidence 3.5: 150 to 500 ms).
const DefaultLimit = 500 * time.Millisecond

// Account is how one server is reached, and as whom.
type Account struct {
	// Address is host:port, or the absolute path of a unix socket.
	Address  string
	User     string
	Password string
	// TLS is used if it is not nil; the server must then offer it.
	TLS *tls.Config
}

// String names the server and the user, never the password.
func (a Account) String() string { return a.User + "@" + a.Address }

// LogValue keeps the password out of logs.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

// config is the driver's configuration. The session is in UTC, so that no timestamp depends on where the server stands.
func (a Account) config(limit time.Duration) (*driver.Config, error) {
	c := driver.NewConfig()
	c.User, c.Passwd, c.Addr, c.Net = a.User, a.Password, a.Address, "tcp"
	if filepath.IsAbs(a.Address) {
		c.Net = "unix"
	} else if _, _, err := net.SplitHostPort(a.Address); err != nil {
		return nil, fmt.Errorf("server address %q: want host:port or the path of a socket", a.Address)
	}
	if a.User == "" {
		return nil, fmt.Errorf("server %s: no user", a.Address)
	}
	c.TLS, c.Timeout, c.Logger = a.TLS, limit, &driver.NopLogger{} // it would print the deaths of servers
	c.Params = map[string]string{"time_zone": "'+00:00'"}
	c.InterpolateParams = true // a prepared statement would be two more round trips
	return c, nil
}

// Open is a pool of at most `connections` connections, not yet made. Errors are of the account only.
func Open(a Account, connections int) (*sql.DB, error) {
	c, err := a.config(DefaultLimit)
	if err != nil {
		return nil, err
	}
	return open(c, connections)
}

func open(c *driver.Config, connections int) (*sql.DB, error) {
	connector, err := driver.NewConnector(c)
	if err != nil {
		return nil, errors.New("server " + c.Addr + ": the account cannot be used") // the driver's text may quote it
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}
