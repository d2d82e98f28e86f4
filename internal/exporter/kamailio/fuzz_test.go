package kamailio

import (
	"bytes"
	"context"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/jsonrpc"
)

func FuzzParseStatistic(f *testing.F) {
	for _, line := range []string{
		"core:rcv_requests = 7", "usrloc:location-users = 3", "script:a = -1", "dialog:active_dialogs = 18446744073709551605",
		"core:x = 1.5", " = ", ":", "a:b=", "a:b = 99999999999999999999",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		group, name, value, err := parseStatistic(line)
		if err != nil {
			if len(err.Error()) > 400 {
				t.Errorf("the message repeats the line: %d bytes", len(err.Error()))
			}
			return
		}
		if group == "" || name == "" || strings.Contains(group, ":") {
			t.Errorf("%q: group %q, name %q", line, group, name)
		}
		again, nameAgain, valueAgain, err := parseStatistic(group + ":" + name + " = " + strings.TrimSpace(line[strings.Index(line, "=")+1:]))
		if err != nil || again != group || strings.TrimSpace(nameAgain) != strings.TrimSpace(name) || valueAgain != value {
			t.Errorf("%q: read again as %q %q %d, %v", line, again, nameAgain, valueAgain, err)
		}
	})
}

// FuzzReply gives any packet to every collector as the answer to all of its questions: none may panic, make a sample that
// is invalid, or take what is there for more than it is.
func FuzzReply(f *testing.F) {
	files, err := filepath.Glob("testdata/kamailio-*/*.bin")
	if err != nil || len(files) == 0 {
		f.Fatalf("no recorded answers: %v", err)
	}
	for _, file := range files {
		packet, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packet)
	}
	set := emit.NewSet(metric.Kamailio())
	f.Fuzz(func(t *testing.T, data []byte) {
		packet, err := binrpc.NewReader(bytes.NewReader(data), 1<<16).ReadPacket()
		if err != nil || packet.Type != binrpc.TypeReply {
			return
		}
		everyCollector(t, set, fromRecords(binrpc.ArrayOf(packet.Values...)))
	})
}

// FuzzJSONReply is FuzzReply for the other transport.
func FuzzJSONReply(f *testing.F) {
	files, err := filepath.Glob("testdata/kamailio-*-http/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no recorded answers: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	set := emit.NewSet(metric.Kamailio())
	f.Fuzz(func(t *testing.T, body []byte) {
		result, err := jsonrpc.DecodeReply(body, 1)
		if err != nil {
			return
		}
		everyCollector(t, set, fromJSONRPC(result))
	})
}

// constant answers every call with the same.
type constant struct{ answer reply }

func (c constant) call(context.Context, string, ...any) (reply, error) { return c.answer, nil }

// everyCollector gives an answer to every collector, and holds the results to what the exposition needs.
func everyCollector(t *testing.T, set *emit.Set, answer reply) {
	t.Helper()
	checkReply(t, answer, 0)
	target, err := newTarget(Options{
		Collectors: append(everything(), "compat"), CompatMethods: CompatMethods(), Profiles: []Profile{{Name: "p"}},
		Now: exportertest.Now, Proc: fstest.MapFS{}, DispatcherDetail: DefaultDispatcherDetail,
		dial: func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed },
	}, constant{answer})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range target.Scrapers {
		b := set.CollectorBatch(s.Name(), 100)
		err := s.Scrape(t.Context(), b)
		if d := b.Dropped(); d.Misused > 0 {
			t.Errorf("%s: %d samples misused", s.Name(), d.Misused)
		}
		if err == nil && b.Len() == 0 {
			t.Errorf("%s: ended well without a sample", s.Name())
		}
		set.Families(b)
	}
}

// checkReply walks an answer: numbers are finite, and a member is found by its name.
func checkReply(t *testing.T, r reply, depth int) {
	t.Helper()
	if depth > binrpc.MaxDepth+1 {
		t.Fatal("deeper than a packet may be")
	}
	if v, ok := r.value(); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
		t.Errorf("%q is the number %v", r.text(), v)
	}
	for _, m := range r.members() {
		if _, ok := r.field(m.Name); !ok {
			t.Errorf("member %q is not found", m.Name)
		}
		checkReply(t, reply{m.Value}, depth+1)
	}
	for _, item := range r.items() {
		checkReply(t, reply{item.Value}, depth+1)
	}
}
