package rtpengine

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// healthy are the outcomes of a 26.0 with calls whose process is not in sight.
func healthy() map[string]string {
	outcomes := map[string]string{}
	for _, name := range everything() {
		outcomes[name] = exporter.OutcomeOK
	}
	outcomes["build"] = exporter.OutcomeAbsent // no recording of params current
	outcomes["process"] = exporter.OutcomeDisabled
	return outcomes
}

// onStatistics are the collectors that hang on the one shared answer.
func onStatistics() []string {
	return []string{"info", "sessions", "ports", "control", "relay", "reports", "interfaces", "transcoders", "pollers", "process"}
}

// TestOneBrokenCommandBreaksItsCollectors takes each command in turn and each way in which its answer can fail.
func TestOneBrokenCommandBreaksItsCollectors(t *testing.T) {
	t.Parallel()
	ways := map[string]struct {
		reply   ngtest.Reply
		outcome string
	}{
		"garbage":   {ngtest.Raw([]byte("SIP/2.0 200 OK\r\n\r\n")), exporter.OutcomeDecode},
		"empty":     {ngtest.Raw(nil), exporter.OutcomeDecode},
		"no result": {ngtest.Value(bencode.DictOf()), exporter.OutcomeDecode},
		"bare":      {ngtest.Result("ok"), exporter.OutcomeDecode},
		"broken":    {ngtest.Raw([]byte(`{"result":"ok"`)), exporter.OutcomeDecode},
		"refused":   {ngtest.Refuse("No such luck"), exporter.OutcomeFault},
		"unknown":   {ngtest.Refuse("Unrecognized command"), exporter.OutcomeAbsent},
	}
	commands := map[string][]string{"statistics": onStatistics(), "list": {"quality"}}
	for way, c := range ways {
		for command, collectors := range commands {
			t.Run(way+"/"+command, func(t *testing.T) {
				t.Parallel()
				server := recorded(t, "udp", "26.0.1", "calls")
				server.Handle(command, c.reply)
				got := suite().Scrape(t, observed(t, server))
				want := healthy()
				for _, name := range collectors {
					want[name] = c.outcome
				}
				if diff := cmp.Diff(want, got.Outcomes); diff != "" {
					t.Errorf("outcomes (-want +got):\n%s", diff)
				}
				if !got.Up {
					t.Error("one command's failure decided up")
				}
				suite().Check(t, got)
			})
		}
	}
}

// TestEachMissingSection takes one section after the other out of an answer: only what hangs on it fails, and nothing is
// zero for lack of knowledge.
func TestEachMissingSection(t *testing.T) {
	t.Parallel()
	whole := statisticsOf(t, "26.0.1", "calls")
	tests := map[string]map[string]string{
		"currentstatistics": {"sessions": exporter.OutcomeDecode},
		"controlstatistics": {"control": exporter.OutcomeDecode},
		"interfaces":        {"ports": exporter.OutcomeDecode, "interfaces": exporter.OutcomeDecode},
		"transcoders":       {"transcoders": exporter.OutcomeDecode},
		"poller_threads":    {"pollers": exporter.OutcomeAbsent},
		"voip_metrics":      {}, // as before 11.0
	}
	for section, outcomes := range tests {
		got := suite().Scrape(t, observed(t, withStatistics(t, without(whole, section))))
		want := healthy()
		for name, outcome := range outcomes {
			want[name] = outcome
		}
		if diff := cmp.Diff(want, got.Outcomes); diff != "" {
			t.Errorf("without %s: outcomes (-want +got):\n%s", section, diff)
		}
		suite().Check(t, got)
	}
}

// TestNothingToList: no client, no interface, no transcoder, no thread, no call.
func TestNothingToList(t *testing.T) {
	t.Parallel()
	empty := statisticsOf(t, "26.0.1", "idle")
	for _, section := range []string{"interfaces", "transcoders", "poller_threads"} {
		empty = with(empty, section, bencode.ListOf())
	}
	empty = with(empty, "controlstatistics", bencode.DictOf(bencode.Member{Key: "proxies", Value: bencode.ListOf()}))
	server := withStatistics(t, empty)
	server.Handle("list", ngtest.Members("ok", bencode.Member{Key: "calls", Value: bencode.ListOf()}))
	got := suite().Scrape(t, observed(t, server))
	want := healthy()
	for _, name := range []string{"ports", "control", "interfaces", "transcoders", "pollers", "quality"} {
		want[name] = exporter.OutcomeEmpty
	}
	if diff := cmp.Diff(want, got.Outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	suite().Check(t, got)
}

func TestDownRTPEngine(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp", "http"} {
		server := ngtest.Start(t, network)
		server.Stop()
		got := suite().Scrape(t, observed(t, server))
		if got.Up {
			t.Errorf("%s: up without a daemon", network)
		}
		for name, outcome := range got.Outcomes {
			if outcome != exporter.OutcomeTransport {
				t.Errorf("%s: %s: want transport, got %s", network, name, outcome)
			}
		}
		for _, line := range strings.Split(got.Text, "\n") {
			if strings.HasPrefix(line, "rtpengine_") && !strings.HasPrefix(line, "rtpengine_up 0") && !strings.HasPrefix(line, "rtpengine_exporter_") {
				t.Errorf("%s: a value of a daemon that is not there: %s", network, line)
			}
		}
		suite().Check(t, got)
	}
}

// TestHungRTPEngine has a port that takes everything and never answers.
func TestHungRTPEngine(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp", "http"} {
		hung := target(t, Options{Address: ngtest.Deaf(t, network).String(), Now: time.Now})
		err := hung.Check(deadline(t, 50*time.Millisecond))
		if exporter.OutcomeOf(err) != exporter.OutcomeTimeout {
			t.Errorf("%s: want a timeout, got %v", network, err)
		}
	}
}

// TestAHungRTPEngineTakesAllOfAScrape: of two bounds, the client's own and the scrape's, the second counts, so that one who lets a slow
// engine have more time gets more.
func TestAHungRTPEngineTakesAllOfAScrape(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	defer all.Wait() // all at once: each takes as long as it may
	for _, network := range []string{"udp", "tcp", "http"} {
		hung := target(t, Options{Address: ngtest.Deaf(t, network).String(), Now: time.Now})
		ctx := deadline(t, ng.DefaultTimeout+time.Second)
		end, _ := ctx.Deadline()
		all.Go(func() {
			if err := hung.Check(ctx); time.Now().Before(end) {
				t.Errorf("%s: given up before the scrape's end: %v", network, err)
			}
		})
	}
}

// TestErrorsNameNoCall: call-ids are of people's calls and must not get into a log.
func TestErrorsNameNoCall(t *testing.T) {
	t.Parallel()
	server := recorded(t, "udp", "26.0.1", "calls")
	server.Handle("list", ngtest.Members("ok", bencode.Member{Key: "calls", Value: bencode.ListOf(bencode.StringOf("hunter2@example.net"))}))
	server.Handle("query", ngtest.Raw([]byte(`{"result":"ok","hunter2":}`)))
	tgt := observed(t, server, "quality")
	if err := tgt.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := tgt.Scrapers[0].Scrape(deadline(t, time.Hour), suiteSet().CollectorBatch("quality", 0))
	if exporter.OutcomeOf(err) != exporter.OutcomeDecode || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("want an error of decoding that names no call, got %v", err)
	}
}

// TestBencodeOnly is a daemon from before 10.3.
func TestBencodeOnly(t *testing.T) {
	t.Parallel()
	server := recorded(t, "udp", "10.5.3", "calls")
	server.RefuseJSON(true)
	got := suite().Scrape(t, observed(t, server, "sessions"))
	if got.Outcomes["sessions"] != exporter.OutcomeOK {
		t.Errorf("want ok, got %v", got.Outcomes)
	}
	for i, r := range server.Requests() {
		if (r.Format == ng.JSON) != (i == 0) {
			t.Errorf("question %d was in %s", i+1, r.Format)
		}
	}
}
