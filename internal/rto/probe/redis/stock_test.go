package redis

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/rto"
)

func TestBehind(t *testing.T) {
	t.Parallel()
	f := func(what string, i info, want float64, known bool) {
		t.Helper()
		if got, ok := i.behind(); got != want || ok != known {
			t.Errorf("%s: want %v, %v; got %v, %v", what, want, known, got, ok)
		}
	}
	f("two replicas", info{
		"role": "master", "master_repl_offset": "1000",
		"slave0": "ip=127.0.0.1,port=1,state=online,offset=990,lag=0", "slave1": "ip=127.0.0.1,port=2,state=online,offset=400,lag=1",
	}, 600, true)
	f("one is given everything anew", info{"role": "master", "master_repl_offset": "1000", "slave0": "ip=127.0.0.1,port=1,state=wait_bgsave,offset=0,lag=0"}, 0, false)
	f("no replica", info{"role": "master", "master_repl_offset": "1000", "slave_repl_offset": "9"}, 0, false)
	f("a replica does not know", info{"role": "slave", "master_repl_offset": "1000", "slave0": "state=online,offset=990"}, 0, false)
	f("nothing said", info{}, 0, false)
}

func TestReplicationFacts(t *testing.T) {
	t.Parallel()
	f := func(what string, i info, want map[string]float64) {
		t.Helper()
		if diff := cmp.Diff(want, i.replication()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	f("a master", info{"role": "master", "connected_slaves": "1", "master_repl_offset": "7"}, map[string]float64{"replicas": 1, "offset_bytes": 7})
	f("a link that is down", info{
		"role": "slave", "connected_slaves": "0", "master_link_status": "down", "master_last_io_seconds_ago": "-1", "master_link_down_since_seconds": "12",
		"slave_repl_offset": "5", "master_repl_offset": "7",
	}, map[string]float64{"replicas": 0, "link_up": 0, "link_down_s": 12, "offset_bytes": 5})
	f("a link that is silent", info{"role": "slave", "master_link_status": "up", "master_last_io_seconds_ago": "44"}, map[string]float64{"link_up": 1, "link_silent_s": 44})
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	s, err := NewStock(StockConfig{Store: "r", Server: Server{Address: "127.0.0.1:1"}, Now: func() rto.Instant { return 0 }, Kinds: map[string]string{"calls": "call.v?:*"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for key, want := range map[string]bool{"call.v1:a/b": true, "call.v2:\n": true, "callxv1:a": false, "call.v:a": false, "my call.v1:a": false} {
		if got := s.kinds["calls"].MatchString(key); got != want {
			t.Errorf("%q: want %v, got %v", key, want, got)
		}
	}
	_, err = NewStock(StockConfig{Store: "r", Server: Server{Address: "127.0.0.1:1"}, Now: s.Now, Kinds: map[string]string{"calls": "c[ab]"}})
	if err == nil || err.Error() != "store r: pattern of calls: want * and ? only" {
		t.Errorf("got %v", err)
	}
}
