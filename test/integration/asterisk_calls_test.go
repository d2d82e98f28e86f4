//go:build integration

package integration

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/sipp"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// asteriskCalls is how many calls of each of the ten kinds are made; 100 is the thousand that the exporter is proven with.
const asteriskCalls = "ASTERISK_CALLS"

// callsEach are calls of one kind, by default few enough for every day.
func callsEach(t testing.TB) int {
	t.Helper()
	text := os.Getenv(asteriskCalls)
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s: %q is not a number above 0", asteriskCalls, text)
	}
	return n
}

// phones make calls to one Asterisk.
type phones struct {
	t    testing.TB
	s    *asterisk.Single
	room *pkgtree.Room
}

func newPhones(t testing.TB, s *asterisk.Single) phones {
	t.Helper()
	tree, err := pkgtree.Ensure(t.Context(), pkgtree.Request{Name: "sipp", Packages: []string{"sip-tester"}}, filepath.Join(repo, ".lab", "trees"), nil)
	if errors.Is(err, pkgtree.ErrNoNetwork) {
		t.Skipf("no SIPp to be had: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	helper, err := lab.Self()
	if err != nil {
		t.Fatal(err)
	}
	room, err := pkgtree.NewRoom(t.Context(), tree, helper, s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return phones{t, s, room}
}

// start starts one caller.
func (p phones) start(name, user string, calls int, rate float64, hold time.Duration) (sipp.Caller, *supervise.Process) {
	p.t.Helper()
	port, err := p.s.Ports().FreeRun(sipp.PortsEach)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := range sipp.PortsEach {
		p.s.Ports().Release(port + i)
	}
	c := sipp.Caller{
		Place: sipp.Place{Port: port, Dir: p.s.Dir}, Name: name, Proxy: p.s.SIP(), User: user, Rate: rate, Calls: calls, Hold: hold,
		GivesUp: user == asterisk.UserRing,
	}
	if err := c.Write(); err != nil {
		p.t.Fatal(err)
	}
	cmd, err := p.room.Command(context.WithoutCancel(p.t.Context()), "sipp", c.Args()...)
	if err != nil {
		p.t.Fatal(err)
	}
	process, err := p.s.Supervisor().Start(p.t.Context(), supervise.Spec{Name: name, Cmd: cmd, Screens: true, Finishes: calls > 0})
	if err != nil {
		p.t.Fatal(err)
	}
	return c, process
}

// call makes calls to users, all kinds at once, and fails the test unless every caller saw what it had to.
func (p phones) call(round string, users []string, calls int, hold time.Duration) {
	p.t.Helper()
	const rate = 5
	var group sync.WaitGroup
	for _, user := range users {
		c, process := p.start(round+"-"+user, user, calls, rate, hold)
		group.Go(func() {
			<-process.Done()
			got, err := sipp.ReadCounts(c.StatFile())
			if err != nil || got.Attempts != calls || got.Failed != 0 {
				p.t.Errorf("%s: want %d calls, got %+v, %v", user, calls, got, err)
			}
		})
	}
	group.Wait()
}

// settled scrapes until all channels and bridges have ended, and their last events have come: a queue's agent is told to have completed a
// call only when the bridge has gone.
func settled(t *testing.T, target *exporter.Target) exportertest.Scrape {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		got := asteriskSuite().Scrape(t, target)
		if n, ok := sample(got, "asterisk_active_channels"); ok && n == 0 && total(got, "asterisk_bridges", "") == 0 {
			return asteriskSuite().Scrape(t, target)
		}
		if time.Now().After(deadline) {
			t.Fatalf("channels have not ended:\n%s", got.Text)
		}
		time.Sleep(50 * time.Millisecond) // between two questions
	}
}

// users are all kinds of calls, and the cause with which the caller's channel ends: what Asterisk makes of a BYE or CANCEL without a reason
// depends on its version and on whether the channel is in a bridge.
func users(suite string) map[string]int {
	bye := 0
	if suite == "bullseye" {
		bye = 16
	}
	const cancel = 127
	return map[string]int{
		asterisk.UserAnswer: bye, asterisk.UserEcho: bye, asterisk.UserBusy: 17, asterisk.UserCongestion: 34, asterisk.UserReject: 21,
		asterisk.UserRing: cancel, asterisk.UserQueue: 16, asterisk.UserEmptyQueue: bye, asterisk.UserQueueTimeout: bye, asterisk.UserBridge: 16,
	}
}

// TestAsteriskCountsCalls: over real calls, what the exporter counts is what SIPp and the dialplan did.
func TestAsteriskCountsCalls(t *testing.T) {
	t.Parallel()
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			var c exporter.Credentials
			s := startAsterisk(t, suite, func(s *asterisk.Single) { c = withObserver(t, s) })
			target := observeAsterisk(t, s, c, nil)
			if got := asteriskSuite().Scrape(t, target); !got.Up {
				t.Fatal("not up")
			}
			n := callsEach(t)
			causes, names := map[int]int{}, []string{}
			for user, cause := range users(suite) {
				causes[cause] += n
				names = append(names, user)
			}
			newPhones(t, s).call("all", names, n, 3*time.Second) // longer than queue empty takes to let a caller go
			got := settled(t, target)
			asteriskSuite().Check(t, got)
			for cause, want := range causes {
				have, series := 0.0, fmt.Sprintf(`cause="%d"`, cause)
				for _, line := range strings.Split(got.Text, "\n") {
					name, value, _ := strings.Cut(line, " ")
					if strings.HasPrefix(name, "asterisk_hangups_total{") && strings.Contains(name, series) && strings.Contains(name, `"PJSIP"`) {
						have, _ = strconv.ParseFloat(value, 64)
					}
				}
				if int(have) != want {
					t.Errorf("hangups with cause %d: want %d, got %v", cause, want, have)
				}
			}
			want := map[string]float64{
				`asterisk_incoming_calls_total{technology="PJSIP"}`:                     float64(n * len(names)),
				`asterisk_queue_joins_total{queue="support"}`:                           float64(n),
				`asterisk_queue_joins_total{queue="empty"}`:                             float64(2 * n),
				`asterisk_queue_wait_seconds_count{outcome="answered",queue="support"}`: float64(n),
				`asterisk_queue_wait_seconds_count{outcome="abandoned",queue="empty"}`:  float64(2 * n),
				`asterisk_queue_talk_seconds_count{ended_by="caller",queue="support"}`:  float64(n),
				`asterisk_call_duration_seconds_count{technology="PJSIP"}`:              float64(6 * n),
				`asterisk_call_setup_seconds_count{technology="PJSIP"}`:                 float64(6 * n),
				`asterisk_dials_total{outcome="answer",technology="Local"}`:             float64(2 * n),
				`asterisk_untracked_channels_total`:                                     0,
				`asterisk_ami_gaps_total`:                                               0,
			}
			have := map[string]float64{}
			for series := range want {
				have[series], _ = sample(got, series)
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			incoming := total(got, "asterisk_incoming_calls_total", "")
			if processed, ok := sample(got, "asterisk_calls_processed_total"); ok && processed != incoming {
				t.Errorf("Asterisk processed %v calls, seen were %v", processed, incoming)
			}
			if t.Failed() {
				t.Log(got.Text)
			}
		})
	}
}
