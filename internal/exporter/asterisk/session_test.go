package asterisk

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/protocol/ami"
	"github.com/voipbin/observability/internal/protocol/ami/amitest"
)

func TestDownAsterisk(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	s.Stop()
	got := suite().Scrape(t, observed(t, s))
	if got.Up {
		t.Error("up without a daemon")
	}
	for name, outcome := range got.Outcomes {
		if outcome != exporter.OutcomeTransport {
			t.Errorf("%s: want transport, got %s", name, outcome)
		}
	}
	holds(t, got, []string{"asterisk_ami_connected 0", `asterisk_ami_connects_total{result="failed"} 1`, "asterisk_ami_gaps_total 0"}, "asterisk_build", "asterisk_fully")
	suite().Check(t, got)
}

// TestHungAsterisk accepts and never greets: a scrape ends with its deadline, and the next finds the attempt still under way.
func TestHungAsterisk(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tgt := target(t, amitest.Start(t), func(o *Options) { o.Address = "tcp://" + l.Addr().String() })
	for range 2 {
		if err := tgt.Check(deadline(t, 30*time.Millisecond)); exporter.OutcomeOf(err) != exporter.OutcomeTimeout {
			t.Errorf("want a timeout, got %v", err)
		}
	}
}

// TestRefusedLogin: a scrape says so, and those that follow at once do not try again: attempts may be counted by what guards Asterisk.
func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	tgt := target(t, s, func(o *Options) { o.Credentials = secret(t, "wrong") })
	for range 3 {
		got := suite().Scrape(t, tgt)
		if got.Up || got.Outcomes["core"] != exporter.OutcomeFault {
			t.Errorf("want fault, got up %v, %v", got.Up, got.Outcomes)
		}
		holds(t, got, []string{`asterisk_ami_connects_total{result="refused"} 1`})
	}
	gone := target(t, s, func(o *Options) { o.Credentials.PasswordFile = "/does/not/exist" })
	if err := gone.Check(deadline(t, time.Second)); err == nil || !strings.Contains(err.Error(), "/does/not/exist") {
		t.Errorf("want an error that names the file, got %v", err)
	}
}

func TestBootingAsterisk(t *testing.T) {
	t.Parallel()
	s := recorded(t, "22.10.1", "idle")
	s.SetBooted(false)
	s.Handle("QueueStatus", nil) // as long as the module is not loaded
	tgt := observed(t, s, "core", "queues", "events")
	got := suite().Scrape(t, tgt)
	if diff := cmp.Diff(map[string]string{"core": "fault", "queues": "fault", "events": "fault"}, got.Outcomes); diff != "" || !got.Up {
		t.Errorf("up %v, outcomes (-want +got):\n%s", got.Up, diff)
	}
	holds(t, got, []string{"asterisk_fully_booted 0"}, "asterisk_start", "asterisk_queue_callers")
	s.Handle("QueueStatus", amitest.Recorded(t, "testdata/asterisk-22.10.1/idle/QueueStatus.txt"))
	s.SetBooted(true)
	got = suite().Scrape(t, tgt)
	if diff := cmp.Diff(map[string]string{"core": "ok", "queues": "ok", "events": "ok"}, got.Outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	holds(t, got, []string{"asterisk_fully_booted 1"})
}

// TestUserWithoutClassSystem is never told of FullyBooted, and may not filter: after a while the questions are put all the same.
func TestUserWithoutClassSystem(t *testing.T) {
	t.Parallel()
	s := recorded(t, "22.10.1", "idle")
	s.SetBooted(false)
	s.Handle("Filter", amitest.Refuse("Permission denied"))
	s.Handle("CoreStatus", amitest.Refuse("Permission denied"))
	now := exportertest.Now()
	tgt := target(t, s, func(o *Options) {
		o.Collectors, o.Now = []string{"core", "queues"}, func() time.Time { return now }
	})
	if err := tgt.Check(deadline(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	now = now.Add(bootPatience + time.Second)
	got := suite().Scrape(t, tgt)
	if diff := cmp.Diff(map[string]string{"core": "fault", "queues": "ok"}, got.Outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	holds(t, got, []string{`asterisk_build_info{ami_version="11.0.0",version="22.10.1+dfsg+~cs6.17.60671434-1"} 1`},
		"asterisk_fully_booted", "asterisk_start_time", "asterisk_ami_missed")
}

// TestReconnects breaks the connection again and again: every scrape afterwards finds a new one, and nothing is left over.
func TestReconnects(t *testing.T) {
	s := recorded(t, "22.10.1", "idle")
	tgt := observed(t, s)
	before := runtime.NumGoroutine()
	const times = 5
	for i := range times {
		for s.Logins() == i { // the end of the connection before may not have been noticed yet
			if err := tgt.Check(deadline(t, 10*time.Second)); err != nil && exporter.OutcomeOf(err) != exporter.OutcomeTransport {
				t.Fatal(err)
			}
		}
		if got := suite().Scrape(t, tgt); !got.Up || len(got.Outcomes) != len(everything()) {
			t.Errorf("round %d: up %v, %v", i, got.Up, got.Outcomes)
		}
		s.Drop()
	}
	if err := tgt.Close(); err != nil {
		t.Fatal(err)
	}
	if err := tgt.Check(deadline(t, time.Second)); !errors.Is(err, ami.ErrClosed) {
		t.Errorf("want an error after the end, got %v", err)
	}
	s.Stop()
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines before, %d after", before, now)
	}
}

// TestPauses: without anybody asking, attempts come ever less often, at least every longestPause.
func TestPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var tries []time.Duration
		begin := time.Now()
		c := newCounts(time.Now)
		s := newSession(func(context.Context, func(ami.Message)) (*ami.Conn, error) {
			tries = append(tries, time.Since(begin))
			return nil, io.EOF
		}, nil, c, nil, time.Now)
		if err := s.check(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("want %v, got %v", io.EOF, err)
		}
		time.Sleep(70 * time.Second)
		synctest.Wait()
		want := []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond, 3500 * time.Millisecond, 7500 * time.Millisecond,
			15500 * time.Millisecond, 30500 * time.Millisecond, 45500 * time.Millisecond, 60500 * time.Millisecond}
		if diff := cmp.Diff(want, tries); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		// Whoever asks does not wait for the pause to pass.
		asked := time.Now()
		if err := s.check(t.Context()); !errors.Is(err, io.EOF) || len(tries) != len(want)+1 || time.Since(asked) != 0 {
			t.Errorf("want an attempt at once, got %d after %s, %v", len(tries)-len(want), time.Since(asked), err)
		}
		s.close()
		if err := s.check(t.Context()); err == nil {
			t.Error("want an error after the end")
		}
	})
}

// TestCloseEndsAnAttempt: a target that is closed while it connects does not wait for that.
func TestCloseEndsAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession(func(ctx context.Context, _ func(ami.Message)) (*ami.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, nil, newCounts(time.Now), nil, time.Now)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.check(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("want a deadline, got %v", err)
		}
		begin := time.Now()
		s.close()
		if took := time.Since(begin); took != 0 {
			t.Errorf("close took %s", took)
		}
	})
}

func TestMissedCalls(t *testing.T) {
	t.Parallel()
	f := func(name string, last, now reading, seenAtBegin, want int64) {
		t.Helper()
		if got := missedCalls(last, now, seenAtBegin); got != want {
			t.Errorf("%s: want %d, got %d", name, want, got)
		}
	}
	f("nothing happened", reading{true, "a", 10, 5}, reading{true, "a", 10, 5}, 5, 0)
	f("all were seen", reading{true, "a", 10, 5}, reading{true, "a", 13, 8}, 8, 0)
	f("some were not", reading{true, "a", 10, 5}, reading{true, "a", 20, 8}, 7, 7)
	f("restart", reading{true, "a", 10, 5}, reading{true, "b", 4, 9}, 8, 3)
	f("restart with more calls than before", reading{true, "a", 10, 5}, reading{true, "b", 40, 8}, 8, 40)
}

// TestGapGrowsWhileItLasts: time without a connection is counted before the connection is back.
func TestGapGrowsWhileItLasts(t *testing.T) {
	t.Parallel()
	now := exportertest.Now()
	g := newGap(newCounts(exportertest.Now), func() time.Time { return now })
	g.account()
	g.begin()
	for range 3 {
		now = now.Add(10 * time.Second)
		g.account()
	}
	tgt := &exporter.Target{Check: func(context.Context) error { return io.EOF }, Events: g.events()}
	holds(t, suite().Scrape(t, tgt), []string{"asterisk_ami_gap_seconds_total 30", "asterisk_ami_gaps_total 1"}, "asterisk_ami_missed")
}

// TestPanicCostsOneEvent: whatever an event does to its counter, the next one is counted.
func TestPanicCostsOneEvent(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	c := newCounts(exportertest.Now)
	s := newSession(nil, nil, c, slog.New(slog.NewTextHandler(&log, nil)), time.Now)
	broken := c.rtcp.loss
	c.rtcp.loss = nil
	report := ami.NewMessage("Event: RTCPSent\nUniqueid: 1\nCallerIDNum: 7001\nReport0FractionLost: 1")
	s.take(report)
	c.rtcp.loss = broken
	s.take(report)
	if !strings.Contains(log.String(), "event=RTCPSent") || strings.Contains(log.String(), "7001") {
		t.Errorf("want a line that names the event and no caller, got %s", log.String())
	}
	if got := counted(t, c); !strings.Contains(got, `rtcp_packet_loss_ratio_count{direction="received"} 1`) {
		t.Errorf("want the event after it counted:\n%s", got)
	}
}
