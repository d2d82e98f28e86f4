package main

import (
	"encoding/json"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/clock"
	"github.com/voipbin/observability/internal/tracker"
)

// newClock starts the tracker's own clock, which goes on with that of the last session where it can, and makes the record of this session.
func newClock(w world, log *evidence.Log, cfg tracker.Config, sum string) (*clock.Clock, rto.Session, error) {
	last, err := lastSession(log)
	if err != nil {
		return nil, rto.Session{}, err
	}
	sources := clock.Machine()
	sources.Wall = w.now
	c := clock.New(sources, last, rto.Instant(log.Head().At))
	return c, c.Begin(rto.Session{Vantage: cfg.Vantage, Version: buildVersion(), ConfigSHA256: sum}), nil
}

// lastSession is the newest session in the last day of the log; older ones are of no use, since a machine that runs on has a record of each second.
func lastSession(log *evidence.Log) (rto.Session, error) {
	var last rto.Session
	seq, err := log.Since(log.Head().At - int64(replayed))
	if err != nil {
		return last, err
	}
	for r, err := range log.Read(seq) {
		if err != nil {
			return last, err
		}
		if rto.RecordKind(r.Kind) != rto.RecordSession {
			continue
		}
		var s rto.Session
		if err := json.Unmarshal(r.Body, &s); err == nil {
			last = s
		}
	}
	return last, nil
}
