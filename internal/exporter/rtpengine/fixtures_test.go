package rtpengine

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

func suiteSet() *emit.Set { return emit.NewSet(metric.RTPEngine()) }

// statisticsOf reads the statistics of a recording.
func statisticsOf(t testing.TB, version, scene string) bencode.Value {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "rtpengine-"+version, scene, "statistics.bencode"))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := ng.Decode(string(body))
	if err != nil {
		t.Fatal(err)
	}
	stats, _ := reply.Lookup("statistics")
	return stats
}

// withStatistics is a recorded 26.0 with calls whose statistics are these.
func withStatistics(t testing.TB, stats bencode.Value) *ngtest.Server {
	t.Helper()
	server := recorded(t, "udp", "26.0.1", "calls")
	serve(server, stats)
	return server
}

// serve makes the server answer with these statistics from now on.
func serve(server *ngtest.Server, stats bencode.Value) {
	server.Handle("statistics", ngtest.Members("ok", bencode.Member{Key: "statistics", Value: stats}))
}

// without returns a dictionary without the members under key.
func without(dict bencode.Value, key string) bencode.Value {
	return bencode.DictOf(slices.DeleteFunc(slices.Clone(dict.Members()), func(m bencode.Member) bool { return m.Key == key })...)
}

// with returns a dictionary in which the member under key is v.
func with(dict bencode.Value, key string, v bencode.Value) bencode.Value {
	members := slices.Clone(dict.Members())
	for i := range members {
		if members[i].Key == key {
			members[i].Value = v
			return bencode.DictOf(members...)
		}
	}
	return bencode.DictOf(append(members, bencode.Member{Key: key, Value: v})...)
}

// within returns a dictionary in which members of one of its dictionaries have these values.
func within(dict bencode.Value, section string, values map[string]bencode.Value) bencode.Value {
	inner, _ := dict.Lookup(section)
	for key, v := range values {
		inner = with(inner, key, v)
	}
	return with(dict, section, inner)
}

// digits is an integer of any size.
func digits(t testing.TB, text string) bencode.Value {
	t.Helper()
	v, ok := bencode.ParseInt(text)
	if !ok {
		t.Fatalf("%s is no integer", text)
	}
	return v
}
