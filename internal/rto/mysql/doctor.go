package mysql

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// Trap is something that makes a failover lose more, take longer or go wrong, and that shows only then.
type Trap string

// The traps (recovery evidence 2.1, 2.2, 3.3, 3.5, and what the laboratory's servers did).
const (
	TrapUnseen        Trap = "unseen"         // the server does not answer the tracker
	TrapGTID          Trap = "gtid"           // GTIDs are off or not enforced: nothing can be proven
	TrapBinlogFormat  Trap = "binlog_format"  // without rows a manifest cannot count them
	TrapSyncBinlog    Trap = "sync_binlog"    // a crash loses what was acknowledged, and its numbers are used again
	TrapRedoFlush     Trap = "redo_flush"     // the same, of InnoDB's log
	TrapRetention     Trap = "retention"      // a replica that was away longer cannot come back, nor can a manifest be read
	TrapClock         Trap = "clock"          // stamps of this server mislead by so much
	TrapReceived      Trap = "received"       // the account may not see what was received
	TrapRetryCount    Trap = "retry_count"    // replication gives up after so many tries
	TrapNetTimeout    Trap = "net_timeout"    // a silent partition is not noticed for so long
	TrapDelay         Trap = "delay"          // the replica lags on purpose
	TrapThreads       Trap = "threads"        // replication does not run
	TrapErrant        Trap = "errant"         // the replica has transactions of its own: the way back breaks
	TrapReadOnly      Trap = "read_only"      // clients can write to the replica
	TrapRelayBacklog  Trap = "relay_backlog"  // so much has to be applied before it can be promoted without loss
	TrapFilters       Trap = "filters"        // GTIDs count as applied what was filtered out
	TrapAutoPosition  Trap = "auto_position"  // the replica follows files and offsets, which no other server has
	TrapReplicaBinlog Trap = "replica_binlog" // promoted, it could have no replica of its own
)

// State is what is known of a trap.
type State string

// The states. Unknown is never good.
const (
	Good    State = "good"
	Trapped State = "trap"
	Unknown State = "unknown"
)

// Finding is one trap on one server: what was measured, and how to mend it. Fix is empty where nothing is to be mended.
type Finding struct {
	Trap     Trap   `json:"trap"`
	Server   string `json:"server"` // source or replica
	State    State  `json:"state"`
	Measured string `json:"measured,omitempty"`
	Fix      string `json:"fix,omitempty"`
}

// The limits beyond which something counts as a trap.
const (
	leastRetention = 24 * time.Hour
	mostNetTimeout = 10 // seconds
	leastRetries   = 86_400
	mostClock      = 100 * time.Millisecond
	mostRelayed    = 1000 // transactions: a second or so of applying
)

// doctor gathers findings.
type doctor struct {
	server   string
	facts    Facts
	findings []Finding
}

// Examine judges a source and a replica. Read the replica first: then what it has and the source lacks is its own.
func Examine(source, replica Facts) []Finding {
	s, r := &doctor{server: "source", facts: source}, &doctor{server: "replica", facts: replica}
	if s.seen() {
		s.position()
		s.durability()
		s.retention()
		s.clock()
	}
	if r.seen() {
		r.status()
		r.settings()
		r.errant(source)
		r.clock()
	}
	return append(s.findings, r.findings...)
}

// say puts a finding down; fix is dropped where all is well.
func (d *doctor) say(trap Trap, good bool, measured, fix string) {
	state := Good
	if !good {
		state = Trapped
	} else {
		fix = ""
	}
	d.findings = append(d.findings, Finding{Trap: trap, Server: d.server, State: state, Measured: measured, Fix: fix})
}

func (d *doctor) unknown(trap Trap, why, fix string) {
	d.findings = append(d.findings, Finding{Trap: trap, Server: d.server, State: Unknown, Measured: why, Fix: fix})
}

func (d *doctor) mariaDB() bool { return d.facts.Version.Flavour == MariaDB }

// seen tells whether there is anything to judge by.
func (d *doctor) seen() bool {
	seen := len(d.facts.Variables) > 0
	d.say(TrapUnseen, seen, string(d.facts.Outcome), "let the tracker's account in from where it runs, and see that the server answers within the time limit")
	return seen
}

// variable judges one global variable by the value that is wanted.
func (d *doctor) variable(trap Trap, want, fix string, names ...string) {
	for _, name := range names {
		value, ok := d.facts.Variables[name]
		if !ok {
			continue
		}
		d.say(trap, strings.EqualFold(value, want) || want == "ON" && on(value), name+" = "+value, fix)
		return
	}
	d.unknown(trap, names[0]+" is not told", fix)
}

func (d *doctor) position() {
	if d.mariaDB() {
		d.variable(TrapGTID, "ON", "start the source with --log-bin", "log_bin")
		d.variable(TrapGTID, "ON", "SET GLOBAL gtid_strict_mode = ON", "gtid_strict_mode")
		return
	}
	d.variable(TrapGTID, "ON", "SET GLOBAL enforce_gtid_consistency = ON, then gtid_mode step by step to ON", "gtid_mode")
	d.variable(TrapGTID, "ON", "SET GLOBAL enforce_gtid_consistency = ON", "enforce_gtid_consistency")
}

func (d *doctor) durability() {
	d.variable(TrapBinlogFormat, "ROW", "SET GLOBAL binlog_format = ROW", "binlog_format")
	d.variable(TrapSyncBinlog, "1", "SET GLOBAL sync_binlog = 1", "sync_binlog")
	d.variable(TrapRedoFlush, "1", "SET GLOBAL innodb_flush_log_at_trx_commit = 1", "innodb_flush_log_at_trx_commit")
}

// retention judges how long the binlog is kept; 0 is for ever.
func (d *doctor) retention() {
	fix := "SET GLOBAL binlog_expire_logs_seconds to a day or more"
	text, unit := d.facts.Variables["binlog_expire_logs_seconds"], time.Second
	if text == "" {
		text, unit = d.facts.Variables["expire_logs_days"], 24*time.Hour
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		d.unknown(TrapRetention, "binlog_expire_logs_seconds is not told", fix)
		return
	}
	kept := time.Duration(n * float64(unit))
	d.say(TrapRetention, kept == 0 || kept >= leastRetention, fmt.Sprintf("kept for %v (0 is for ever)", kept), fix)
}

// clock judges by what is beyond the error of measuring.
func (d *doctor) clock() {
	c := d.facts.Clock
	if c == (rto.ClockOffset{}) {
		d.unknown(TrapClock, "the clock was not read", "")
		return
	}
	d.say(TrapClock, c.Offset.Abs()-c.Error <= mostClock, fmt.Sprintf("%v ± %v off the tracker's", c.Offset.Round(time.Microsecond), c.Error.Round(time.Microsecond)),
		"synchronise the clocks of both hosts with the same NTP servers")
}

// settings judges the replica's own variables.
func (d *doctor) settings() {
	name := "slave_net_timeout"
	if _, ok := d.facts.Variables["replica_net_timeout"]; ok {
		name = "replica_net_timeout"
	}
	fix := fmt.Sprintf("SET GLOBAL %s = %d and restart replication, with a heartbeat period of a second or two", name, mostNetTimeout)
	if n, err := strconv.Atoi(d.facts.Variables[name]); err == nil {
		d.say(TrapNetTimeout, n <= mostNetTimeout, fmt.Sprintf("%s = %d s", name, n), fix)
	} else {
		d.unknown(TrapNetTimeout, name+" is not told", fix)
	}
	if d.mariaDB() {
		d.variable(TrapReadOnly, "ON", "SET GLOBAL read_only = ON, and in the configuration", "read_only")
	} else {
		d.variable(TrapReadOnly, "ON", "SET GLOBAL super_read_only = ON, and in the configuration", "super_read_only")
	}
	d.variable(TrapReplicaBinlog, "ON", "start the replica with --log-bin", "log_bin")
	d.variable(TrapReplicaBinlog, "ON", "start the replica with its replicated changes in its own binlog", "log_replica_updates", "log_slave_updates")
}

// errant finds what the replica wrote itself.
func (d *doctor) errant(source Facts) {
	fix := "find out what wrote there; repeat it on the source with that GTID, or build the replica anew"
	if d.mariaDB() {
		own, err := rto.ParsePosition(d.facts.Variables["gtid_binlog_pos"])
		if err != nil {
			d.unknown(TrapErrant, "gtid_binlog_pos makes no sense", fix)
			return
		}
		bad := !d.facts.Position.Contains(own) || d.facts.Position.Diverged(own)
		d.say(TrapErrant, !bad, fmt.Sprintf("%d transactions of its own", own.Minus(d.facts.Position).Count()), fix)
		return
	}
	if source.Position.Empty() {
		d.unknown(TrapErrant, "the source's position is not known", fix)
		return
	}
	own := d.facts.Position.Minus(source.Position)
	d.say(TrapErrant, own.Empty(), fmt.Sprintf("%d transactions of its own", own.Count()), fix)
}
