// Package binlog reads from the binlog of a fenced old source what its survivor does not have: how many transactions, of which tables, from
// when to when. It refuses to read a source that may still be written, for it needs to be told where the log ends, and it keeps no row's data.
package binlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	upstream "github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// The ways in which a log cannot be read. Errors wrap one of them and hold no word of the server's.
var (
	// ErrPurged: the log no longer holds, or never held, what comes after the survivor's position.
	ErrPurged = errors.New("the log does not hold all that comes after the survivor's position")
	// ErrDenied: the account may not log in, or lacks REPLICATION SLAVE.
	ErrDenied = errors.New("the account may not read the log: it needs REPLICATION SLAVE")
	// ErrEndsEarly: the log ended before the position noted at the fence. The manifest holds what was found.
	ErrEndsEarly = errors.New("the log ends before the position noted at the fence")
	// ErrTransport: the connection could not be made or broke.
	ErrTransport = errors.New("the connection broke")
	// ErrDiverged: the survivor's position is not in this log's history.
	ErrDiverged = errors.New("the survivor's position is not in the history of this log")
)

// DefaultServerID is what the reader registers as: two readers of one number would throw each other out.
const DefaultServerID = 3_990_000_001

// DefaultStall is how long the log may say nothing, not even a heartbeat, before it counts as ended.
const DefaultStall = 10 * time.Second

// heartbeat is how often the server says that there is nothing new.
const heartbeat = time.Second

// Resolutions of the commit times: MySQL 8 writes microseconds, MariaDB whole seconds, cut off.
const (
	resolutionMySQL   = time.Microsecond
	resolutionMariaDB = time.Second
)

// Request is what to read.
type Request struct {
	Account mysql.Account
	Flavour mysql.Flavour
	// Store and Server go into the manifest.
	Store, Server string
	// Kept is the survivor's position at its promotion, Until the fenced source's own.
	Kept, Until rto.Position
	// Clock is the source's clock less the tracker's, if it is known; it is put down, and not taken off the times.
	Clock *rto.ClockOffset
	// ServerID to register with, and how long the log may be silent; 0 means the defaults.
	ServerID uint32
	Stall    time.Duration
}

// Read reads the log. With ErrEndsEarly the manifest holds what was read until then; with any other error it is empty.
func Read(ctx context.Context, r Request) (rto.Manifest, error) {
	m := rto.Manifest{Store: r.Store, Server: r.Server, Kept: r.Kept, Until: r.Until, Clock: r.Clock, Resolution: resolutionMySQL}
	if r.Flavour == mysql.MariaDB {
		m.Resolution = resolutionMariaDB
	}
	if r.Until.Empty() {
		return rto.Manifest{}, errors.New("manifest: no position was noted at the fence: without it later writes would be counted as lost")
	}
	if r.Kept.Contains(r.Until) && !r.Kept.Diverged(r.Until) {
		return m, nil // nothing was lost, and the log need not even be there
	}
	if r.Kept.Diverged(r.Until) {
		return rto.Manifest{}, fmt.Errorf("manifest: %w", ErrDiverged)
	}
	syncer, stream, err := r.open()
	if err != nil {
		return rto.Manifest{}, fmt.Errorf("manifest: %w", err)
	}
	defer syncer.Close()
	t := newTally(r.Flavour, r.Kept, r.Until)
	err = r.follow(ctx, stream, t)
	if err != nil && !errors.Is(err, ErrEndsEarly) {
		return rto.Manifest{}, fmt.Errorf("manifest: %w", err)
	}
	t.into(&m)
	if err != nil {
		return m, fmt.Errorf("manifest: %w", err)
	}
	return m, nil
}

// open asks for the log from the survivor's position on.
func (r Request) open() (*replication.BinlogSyncer, *replication.BinlogStreamer, error) {
	host, port, err := net.SplitHostPort(r.Account.Address)
	if err != nil {
		return nil, nil, fmt.Errorf("server address %q: want host:port", r.Account.Address)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, nil, fmt.Errorf("server address %q: want host:port", r.Account.Address)
	}
	set, err := upstream.ParseGTIDSet(string(r.Flavour), r.Kept.String())
	if err != nil {
		return nil, nil, fmt.Errorf("position %s: not one of %s", r.Kept, r.Flavour)
	}
	c := replication.BinlogSyncerConfig{
		ServerID: r.ServerID, Flavor: string(r.Flavour), Host: host, Port: uint16(number), User: r.Account.User, Password: r.Account.Password,
		TLSConfig: r.Account.TLS, HeartbeatPeriod: heartbeat, ReadTimeout: r.stall(), DisableRetrySync: true, VerifyChecksum: true,
		Localhost: "tracker", Logger: slog.New(slog.DiscardHandler), // it would print the account's name and the server's words
	}
	if c.ServerID == 0 {
		c.ServerID = DefaultServerID
	}
	syncer := replication.NewBinlogSyncer(c)
	stream, err := syncer.StartSyncGTID(set)
	if err != nil {
		syncer.Close()
		return nil, nil, explain(err)
	}
	return syncer, stream, nil
}

func (r Request) stall() time.Duration {
	if r.Stall > 0 {
		return r.Stall
	}
	return DefaultStall
}

// follow reads events until all that is to be found was found. Heartbeats do not say that the server has sent everything: MySQL sends them
// also while it skips what the survivor has. They never come within a transaction.
func (r Request) follow(ctx context.Context, stream *replication.BinlogStreamer, t *tally) error {
	for !t.done() {
		if err := r.next(ctx, stream, t); err != nil {
			return err
		}
	}
	return nil
}

// next waits for the next event that is no heartbeat.
func (r Request) next(ctx context.Context, stream *replication.BinlogStreamer, t *tally) error {
	patience, cancel := context.WithTimeoutCause(ctx, r.stall(), ErrEndsEarly)
	defer cancel()
	for {
		event, err := stream.GetEvent(patience)
		switch {
		case patience.Err() != nil:
			return context.Cause(patience)
		case err != nil:
			return explain(err)
		case event.Header.EventType == replication.HEARTBEAT_EVENT, event.Header.EventType == replication.HEARTBEAT_LOG_EVENT_V2:
			if t.end(); t.done() {
				return nil
			}
		default:
			t.read(event)
			return nil
		}
	}
}

// explain sorts an error by its number.
func explain(err error) error {
	var said *upstream.MyError
	if !errors.As(err, &said) {
		return ErrTransport
	}
	switch said.Code {
	case 1236, 1789: // ER_MASTER_FATAL_ERROR_READING_BINLOG, ER_MASTER_HAS_PURGED_REQUIRED_GTIDS
		return ErrPurged
	case 1044, 1045, 1142, 1227, 1698, 3118:
		return ErrDenied
	}
	return ErrTransport
}
