package lab

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/lab/daemon"
	"github.com/voipbin/observability/internal/lab/sipp"
)

// telephony is a fake Kamailio with two gateways.
func telephony(t *testing.T, r *Run) *Telephony {
	t.Helper()
	tel, err := r.StartTelephony(t.Context(), []Gateway{{UserAnswer, 200, "OK"}, {UserBusy, 486, "Busy Here"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tel
}

func TestTelephonyComesUp(t *testing.T) {
	t.Parallel()
	r := fakeRun(t)
	r.opts.DeadTargets = 1
	tel := telephony(t, r)
	if want := "kamailio 9.9.9 (fake)"; tel.Version != want {
		t.Errorf("want %q, got %q", want, tel.Version)
	}
	if diff := cmp.Diff(3, len(tel.Config.Routes)); diff != "" {
		t.Errorf("routes to two gateways and the hole (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{tel.Config.Routes[UserHole], tel.Config.Routes[UserAnswer]}, tel.Config.Failover); diff != "" {
		t.Errorf("failover from the hole to the gateway that answers (-want +got):\n%s", diff)
	}
	counters, err := os.ReadFile(tel.Config.Counters)
	if err != nil || string(counters) != "# counters\n" {
		t.Errorf("want the counters copied to the run folder, got %q, %v", counters, err)
	}
	if err := sipp.Ping(t.Context(), tel.Config.Routes[UserHole]); err == nil {
		t.Error("want no answer from the hole, got one")
	}
}

// Nothing is dead, and so nothing alerts, unless it was asked for.
func TestDeadTargetsOnDemand(t *testing.T) {
	t.Parallel()
	for _, want := range []int{0, DeadTargets} {
		r := fakeRun(t)
		r.opts.DeadTargets = want
		list, err := os.ReadFile(filepath.Join(telephony(t, r).Config.Dir, "dispatcher.list"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(list), "sip:127.0.1."); got != want {
			t.Errorf("want %d dead targets, got %d in\n%s", want, got, list)
		}
	}
}

func TestTelephonyNeedsTheCounters(t *testing.T) {
	t.Parallel()
	r := fakeRun(t)
	if err := os.Remove(filepath.Join(r.opts.Repo, countersFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.StartTelephony(t.Context(), nil, nil); err == nil || !strings.HasPrefix(err.Error(), "call-setup counters: ") {
		t.Errorf("want an error that names the counters, got %v", err)
	}
	r = fakeRun(t)
	r.opts.WithoutCounters = true
	tel, err := r.StartTelephony(t.Context(), nil, nil)
	if err != nil || tel.Config.Counters != "" {
		t.Errorf("want a Kamailio without counters as asked, got %q, %v", tel.Config.Counters, err)
	}
}

func TestDaemonThatDoesNotStart(t *testing.T) {
	t.Parallel()
	r := fakeRun(t)
	path := filepath.Join(t.TempDir(), "kamailio")
	r.tools.kamailio = daemon.At("kamailio", path)
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho bad config file\nexit 255\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := r.StartTelephony(t.Context(), nil, nil)
	want := "start kamailio: kamailio ended by itself: exit status 255; its log ends: bad config file"
	if err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

func TestCallsAreCounted(t *testing.T) {
	t.Parallel()
	r := fakeRun(t)
	tel := telephony(t, r)
	procs, err := tel.StartCalls(t.Context(), []Leg{{User: UserAnswer, Rate: 1, Calls: 5}, {User: UserBusy, Rate: 1, Calls: 2}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range procs {
		<-p.Done()
		if p.Err() != nil {
			t.Errorf("%s: %v", p.Name(), p.Err())
		}
	}
	got, err := r.Counts()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sipp.Counts{Attempts: 7, Final: map[int]int{200: 7}}, got); diff != "" {
		t.Errorf("counts of both callers (-want +got):\n%s", diff)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	l := &Lab{run: fakeRun(t)}
	l.Telephony = telephony(t, l.run)
	// becomes polls, for a signal takes effect a moment after kill(2) has returned.
	becomes := func(want bool) bool {
		for range 100 {
			if _, err := l.Config.Version(t.Context()); (err == nil) == want {
				return true
			}
		}
		return false
	}
	f := func(name string, wantAlive bool) {
		t.Helper()
		if err := l.Break(t.Context(), name, false); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{name}, l.Broken()); diff != "" {
			t.Errorf("broken (-want +got):\n%s", diff)
		}
		if !becomes(wantAlive) {
			t.Errorf("%s: want Kamailio answering %v, got %v", name, wantAlive, !wantAlive)
		}
		if err := l.Break(t.Context(), name, true); err != nil {
			t.Fatal(err)
		}
		if !becomes(true) || len(l.Broken()) != 0 {
			t.Errorf("%s mended: want Kamailio answering and nothing broken, got %v", name, l.Broken())
		}
	}
	f("kamailio-down", false)
	f("kamailio-hang", false)
	f("gateway-blackhole", true)
	select {
	case d := <-l.run.Deaths():
		t.Errorf("want no death told for what was broken on purpose, got %v", d.Err)
	default:
	}
}

// checked is a laboratory with fake daemons whose Prometheus says that calls were made before and after as given.
func checked(t *testing.T, before, after int, success string) *Lab {
	t.Helper()
	l := &Lab{run: fakeRun(t)}
	l.Telephony = telephony(t, l.run)
	asked := 0
	l.Monitoring = &Monitoring{API: prometheusWith(t, scraped("a", "up", ""), func(query string) string {
		n := before
		if asked >= 2 {
			n = after
		}
		switch {
		case strings.HasPrefix(query, "sum(kamailio"):
			asked++
			return value("", fmt.Sprint(n))
		case strings.HasPrefix(query, "sum by"):
			asked++
			return value(`"cause":"2xx"`, fmt.Sprint(n))
		case query == successShare:
			return value("", success)
		}
		return ""
	})}
	return l
}

func TestCheckPasses(t *testing.T) {
	t.Parallel()
	l := checked(t, 10, 14, "1")
	var out strings.Builder
	if err := l.Check(t.Context(), &out, []Leg{{User: UserAnswer, Rate: 1, Calls: 4}}); err != nil {
		t.Fatal(err)
	}
	if want := "attempts      4           4           0"; !strings.Contains(out.String(), want) {
		t.Errorf("want %q in\n%s", want, out.String())
	}
}

func TestCheckSaysWhatDisagrees(t *testing.T) {
	t.Parallel()
	l := checked(t, 10, 13, "0.5")
	l.patience = 10 * time.Millisecond
	err := l.Check(t.Context(), io.Discard, []Leg{{User: UserAnswer, Rate: 1, Calls: 4}})
	want := "attempts: SIPp saw 4, Prometheus says 3; 2xx: SIPp saw 4, Prometheus says 3; " +
		"call-setup success: 100 % by SIPp's counts, the record says 50 %"
	if err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

func TestLoadCommand(t *testing.T) {
	t.Parallel()
	l := fakeLab(t, prometheus(t, nil, ""))
	l.run = fakeRun(t)
	l.Telephony = telephony(t, l.run)
	if _, err := l.StartControl(); err != nil {
		t.Fatal(err)
	}
	text, err := Command(t.Context(), l.run.opts.Dir, 0, http.MethodPost, "/load?user=busy&rate=2&calls=3&hold=1s")
	if err != nil || text != "calling busy\n" {
		t.Errorf("want an acknowledgement, got %q, %v", text, err)
	}
	if got := l.run.callers; len(got) != 1 || got[0].User != UserBusy || got[0].Calls != 3 {
		t.Errorf("want one caller as asked, got %+v", got)
	}
}
