package sql_test

import (
	"context"
	"testing"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
	"github.com/voipbin/observability/internal/rto/probe/sql"
)

func TestCanary(t *testing.T) {
	t.Parallel()
	f := func(what, region string, a sql.Answer, o rto.Outcome, g rto.Grade, good bool, from string) {
		t.Helper()
		p, err := sql.New(sql.Config{
			Target:  probe.Target{Path: "db", Want: rto.Served, Region: region, Now: func() rto.Instant { return 1 }},
			Regions: map[string]string{"uuid-1": "west", "uuid-2": "east"},
			Canary: func(ctx context.Context) sql.Answer {
				if _, ok := ctx.Deadline(); !ok {
					t.Errorf("%s: the canary got no deadline", what)
				}
				return a
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		r := p.Probe(t.Context())
		if r.Outcome != o || r.Grade != g || r.Good != good || r.Region != from {
			t.Errorf("%s: want %s, grade %d, good %v, region %q; got %+v", what, o, g, good, from, r)
		}
	}
	all := sql.Answer{Outcome: rto.OK, Server: "uuid-2", Read: true, ReadBack: true}
	f("all well", "", all, rto.OK, rto.Served, true, "east")
	f("the wanted region", "east", all, rto.OK, rto.Served, true, "east")
	f("the dying region", "west", all, rto.OK, rto.Served, false, "east")
	f("an unknown server", "east", sql.Answer{Outcome: rto.OK, Server: "uuid-3", Read: true, ReadBack: true}, rto.OK, rto.Served, false, "")
	f("read only", "", sql.Answer{Outcome: rto.Denied, Server: "uuid-1", Read: true}, rto.Denied, rto.Registered, false, "west")
	f("read back something else", "", sql.Answer{Outcome: rto.OK, Server: "uuid-1", Read: true}, rto.OK, rto.Registered, false, "west")
	f("login refused", "", sql.Answer{Outcome: rto.Denied}, rto.Denied, rto.Answered, false, "")
	f("down", "", sql.Answer{Outcome: rto.Refused}, rto.Refused, rto.NoAnswer, false, "")
	f("hung after it was reached", "", sql.Answer{Outcome: rto.TimedOut, Server: "uuid-1"}, rto.TimedOut, rto.Answered, false, "west")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	if _, err := sql.New(sql.Config{Target: probe.Target{Path: "db", Want: rto.Served, Now: func() rto.Instant { return 1 }}}); err == nil || err.Error() != "path db: no canary" {
		t.Errorf("want no prober without a canary, got %v", err)
	}
}
