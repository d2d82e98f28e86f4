package asterisk

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// event is an event some seconds after the beginning.
func event(name string, second float64, fields ...string) []string {
	at := float64(exportertest.Now().Unix()) - 1000 + second
	return append([]string{"Event: " + name, fmt.Sprintf("Timestamp: %f", at)}, fields...)
}

// madeUp is a call that goes out and reports of RTCP, in the form of 22.10.1.
func madeUp() [][]string {
	report := func(name string, second float64, rtp, jitter int, more ...string) []string {
		return event(name, second, append([]string{
			"Channel: PJSIP/a-1", "Uniqueid: 1", "To: 127.0.0.1:2", "From: 127.0.0.1:2", "PT: 200(SR)", "ReportCount: 1", "SSRC: 0xeeae2821",
			fmt.Sprintf("SentNTP: %f", 1795402145+second), fmt.Sprintf("SentRTP: %d", rtp), "Report0FractionLost: 64",
			fmt.Sprintf("Report0IAJitter: %d", jitter), "Report0LSR: 588272087",
		}, more...)...)
	}
	return [][]string{
		event("Newchannel", 0, "Channel: PJSIP/a-1", "ChannelState: 4", "Uniqueid: 1"),
		event("Newchannel", 0.1, "Channel: PJSIP/b-2", "ChannelState: 0", "Uniqueid: 2"),
		event("DialBegin", 0.1, "DestChannel: PJSIP/b-2", "DestUniqueid: 2", "Uniqueid: 1"),
		event("DialState", 0.2, "DestChannel: PJSIP/b-2", "DestUniqueid: 2", "DialStatus: PROCEEDING"),
		event("DialState", 0.6, "DestChannel: PJSIP/b-2", "DestUniqueid: 2", "DialStatus: RINGING"),
		event("DialState", 0.9, "DestChannel: PJSIP/b-2", "DestUniqueid: 2", "DialStatus: PROGRESS"),
		event("DialEnd", 2.6, "DestChannel: PJSIP/b-2", "DestUniqueid: 2", "DialStatus: ANSWER"),
		event("DialEnd", 2.6, "DestChannel: PJSIP/b-2", "DestUniqueid: 2", "DialStatus: ANSWER"), // told twice
		event("Newstate", 2.6, "Channel: PJSIP/a-1", "ChannelState: 6", "Uniqueid: 1"),
		event("Newstate", 2.7, "Channel: PJSIP/a-1", "ChannelState: 6", "Uniqueid: 1"),
		report("RTCPReceived", 5, 40000, 80, "RTT: 0.0200", "MES: 88.1"),
		report("RTCPSent", 5, 4294960000, 80, "MES: 70.5"),
		report("RTCPReceived", 10, 80000, 80, "RTT: 0.0400", "MES: 88.1"),
		report("RTCPSent", 10, 4294960000+40000-4294967296, 160, "MES: 70.5"),
		report("RTCPReceived", 15, 120000, 4294967290, "RTT: 0.0000", "MES: 0.0"),
		event("AgentRingNoAnswer", 16, "Queue: support"),
		event("Hangup", 62.6, "Channel: PJSIP/a-1", "Uniqueid: 1", "Cause: 16"),
		event("Hangup", 62.6, "Channel: PJSIP/b-2", "Uniqueid: 2", "Cause: 16"),
	}
}

// counted is what events add up to, without buckets and comments.
func counted(t *testing.T, c *counts) string {
	t.Helper()
	tgt := &exporter.Target{Check: func(context.Context) error { return nil }, Events: c.events(everything())}
	got := suite().Scrape(t, tgt)
	suite().Check(t, got)
	var lines []string
	for line := range strings.Lines(got.Text) {
		if strings.HasPrefix(line, "asterisk_") && !strings.Contains(line, "_bucket") && !strings.HasPrefix(line, "asterisk_ami_") && !strings.HasPrefix(line, "asterisk_up") {
			lines = append(lines, strings.TrimPrefix(strings.TrimSpace(line), "asterisk_"))
		}
	}
	return strings.Join(lines, "\n")
}

func takeAll(c *counts, events ...[]string) {
	for _, e := range events {
		c.take(ami.NewMessage(strings.Join(e, "\n")))
	}
}

func TestCallDialAndRTCP(t *testing.T) {
	t.Parallel()
	c := newCounts(exportertest.Now)
	takeAll(c, madeUp()...)
	want := `call_duration_seconds_sum{technology="PJSIP"} 60
call_duration_seconds_count{technology="PJSIP"} 1
call_setup_seconds_sum{technology="PJSIP"} 2.6
call_setup_seconds_count{technology="PJSIP"} 1
dial_ring_seconds_sum{outcome="answer",technology="PJSIP"} 2
dial_ring_seconds_count{outcome="answer",technology="PJSIP"} 1
dials_total{outcome="answer",technology="PJSIP"} 1
hangups_total{cause="16",class="normal_other",technology="PJSIP"} 2
incoming_calls_total{technology="PJSIP"} 1
post_dial_delay_seconds_sum{technology="PJSIP"} 0.5
post_dial_delay_seconds_count{technology="PJSIP"} 1
queue_ring_no_answer_total{queue="support"} 1
rtcp_jitter_seconds_sum{direction="received"} 0.02
rtcp_jitter_seconds_count{direction="received"} 1
rtcp_media_experience_score_sum{direction="received"} 141
rtcp_media_experience_score_count{direction="received"} 2
rtcp_media_experience_score_sum{direction="sent"} 176.2
rtcp_media_experience_score_count{direction="sent"} 2
rtcp_packet_loss_ratio_sum{direction="received"} 0.5
rtcp_packet_loss_ratio_count{direction="received"} 2
rtcp_packet_loss_ratio_sum{direction="sent"} 0.75
rtcp_packet_loss_ratio_count{direction="sent"} 3
rtcp_round_trip_seconds_sum 0.06
rtcp_round_trip_seconds_count 2
untracked_channels_total 0`
	if diff := cmp.Diff(want, counted(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(c.channels) != 0 {
		t.Errorf("want nothing remembered after the end, got %d channels", len(c.channels))
	}
}

func TestQueueEvents(t *testing.T) {
	t.Parallel()
	caller := func(name string, second float64, id string, more ...string) []string {
		return event(name, second, append([]string{"Channel: PJSIP/a-1", "Uniqueid: " + id, "Queue: support"}, more...)...)
	}
	c := newCounts(exportertest.Now)
	takeAll(c,
		caller("QueueCallerJoin", 0, "1"), caller("QueueCallerJoin", 0, "2"), caller("QueueCallerJoin", 0, "3"), caller("QueueCallerJoin", 0, "4"),
		// Answered: Leave comes before AgentConnect.
		caller("QueueCallerLeave", 8, "1"), caller("AgentConnect", 8.5, "1", "HoldTime: 8"),
		caller("AgentComplete", 30, "1", "TalkTime: 21", "Reason: agent"),
		// Given up: Abandon comes before Leave.
		caller("QueueCallerAbandon", 20, "2", "HoldTime: 20"), caller("QueueCallerLeave", 20, "2"),
		// Left with a key, then in the same queue again, then gone with the connection.
		caller("QueueCallerLeave", 40, "3"), caller("QueueCallerJoin", 50, "3"),
		// Left with a key, then ended.
		caller("QueueCallerLeave", 60, "4"), event("Hangup", 61, "Channel: PJSIP/a-1", "Uniqueid: 4", "Cause: 0"),
		// The beginning was not seen: Asterisk's own whole seconds.
		caller("AgentConnect", 70, "5", "HoldTime: 7"), caller("QueueCallerAbandon", 70, "6", "HoldTime: nonsense"),
		caller("AgentComplete", 80, "5", "TalkTime: 10", "Reason: "),
	)
	want := `hangups_total{cause="0",class="none",technology="PJSIP"} 1
queue_joins_total{queue="support"} 5
queue_talk_seconds_sum{ended_by="agent",queue="support"} 21
queue_talk_seconds_count{ended_by="agent",queue="support"} 1
queue_talk_seconds_sum{ended_by="other",queue="support"} 10
queue_talk_seconds_count{ended_by="other",queue="support"} 1
queue_wait_seconds_sum{outcome="abandoned",queue="support"} 20
queue_wait_seconds_count{outcome="abandoned",queue="support"} 1
queue_wait_seconds_sum{outcome="answered",queue="support"} 15.5
queue_wait_seconds_count{outcome="answered",queue="support"} 2
queue_wait_seconds_sum{outcome="left",queue="support"} 100
queue_wait_seconds_count{outcome="left",queue="support"} 2
untracked_channels_total 1`
	if diff := cmp.Diff(want, counted(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNonsense: events without what they ought to have, cut ones, and clocks that go backwards.
func TestNonsense(t *testing.T) {
	t.Parallel()
	c := newCounts(exportertest.Now)
	for _, name := range eventNames(everything()) {
		takeAll(c, []string{"Event: " + name})
		takeAll(c, []string{"Event: " + name, "Timestamp: nonsense", "Uniqueid: 1", "DestUniqueid: 1", "Channel: x", "Queue: q", "Cause: x", "SentNTP: NaN", "SentRTP: x"})
	}
	takeAll(c,
		event("Newchannel", 10, "Channel: PJSIP/a-1", "ChannelState: 4", "Uniqueid: 9"),
		event("Newstate", 5, "Channel: PJSIP/a-1", "ChannelState: 6", "Uniqueid: 9"), // before it began
		event("Hangup", 1, "Channel: PJSIP/a-1", "Uniqueid: 9", "Cause: -1"),
	)
	got := counted(t, c)
	for _, family := range []string{"call_setup_seconds", "call_duration_seconds", "rtcp_jitter", "queue_talk"} {
		if strings.Contains(got, family) {
			t.Errorf("want no %s of nonsense:\n%s", family, got)
		}
	}
}

func TestSecurityEvents(t *testing.T) {
	t.Parallel()
	c := newCounts(exportertest.Now)
	takeAll(c,
		[]string{"Event: InvalidPassword", "Service: PJSIP", "AccountID: 7001", "RemoteAddress: IPV4/UDP/192.0.2.1/5060"},
		[]string{"Event: InvalidPassword", "Service: PJSIP", "AccountID: 7002", "RemoteAddress: IPV4/UDP/192.0.2.2/5060"},
		[]string{"Event: SuccessfulAuth", "Service: AMI"},
	)
	want := "security_events_total{event=\"InvalidPassword\",service=\"PJSIP\"} 2\nuntracked_channels_total 0"
	if diff := cmp.Diff(want, counted(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestChannelsAreForgotten(t *testing.T) {
	t.Parallel()
	c := newCounts(exportertest.Now)
	for i := range mostTracked + 10 {
		takeAll(c, event("Newchannel", 0, "Channel: PJSIP/a-1", "ChannelState: 4", fmt.Sprintf("Uniqueid: %d", i)))
	}
	if n := len(c.channels); n != mostTracked {
		t.Errorf("want at most %d remembered, got %d", mostTracked, n)
	}
	takeAll(c, event("Hangup", 1, "Channel: PJSIP/a-1", fmt.Sprintf("Uniqueid: %d", mostTracked+1), "Cause: 16"))
	if got := counted(t, c); !strings.Contains(got, "untracked_channels_total 1") || !strings.Contains(got, fmt.Sprintf("incoming_calls_total{technology=\"PJSIP\"} %d", mostTracked+10)) {
		t.Errorf("want every call counted and one that was not remembered:\n%s", got)
	}
	c.resume(map[string]bool{"1": true, "2": true})
	if n := len(c.channels); n != 2 {
		t.Errorf("want the live ones remembered, got %d", n)
	}
	c.resume(nil)
	if n := len(c.channels); n != 0 {
		t.Errorf("want none remembered, got %d", n)
	}
}

func TestCauseClass(t *testing.T) {
	t.Parallel()
	for cause, want := range map[int]string{
		-1: "none", 0: "none", 1: "normal", 15: "normal", 16: "normal_other", 31: "normal_other", 34: "resource_unavailable", 50: "service_unavailable",
		65: "service_not_implemented", 88: "invalid_message", 111: "protocol_error", 127: "interworking", 128: "none", 1000: "none",
	} {
		if got := causeClass(cause); got != want {
			t.Errorf("%d: want %s, got %s", cause, want, got)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	f := func(name string, want float64, stamps ...float64) {
		t.Helper()
		k := &clock{}
		for i := 0; i < len(stamps); i += 2 {
			k.note(stamps[i], stamps[i+1])
		}
		if k.rate != want {
			t.Errorf("%s: want %v, got %v", name, want, k.rate)
		}
	}
	f("one report", 0, 100, 0)
	f("G.711", 8000, 100, 0, 105, 40000)
	f("opus", 48000, 100, 0, 105, 240000)
	f("44.1 kHz", 44100, 100, 0, 105, 220500)
	f("video", 90000, 100, 0, 105, 450000)
	f("around 2^32", 8000, 100, 4294960000, 105, 32704)
	f("no rate that there is", 0, 100, 0, 105, 1234567)
	f("too soon", 0, 100, 0, 100.5, 4000)
	f("too late", 0, 100, 0, 300, 1600000)
	f("another source, then steady", 8000, 100, 0, 105, 999999999, 110, 1000039999)
}

// FuzzEvents takes any event: it never panics, and what it makes is a valid exposition.
func FuzzEvents(f *testing.F) {
	for _, e := range madeUp() {
		f.Add(strings.Join(e, "\n"))
	}
	for _, version := range versions() {
		for e := range strings.SplitSeq(eventsOf(f, version), "\r\n\r\n") {
			f.Add(e)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := newCounts(exportertest.Now)
		c.take(ami.NewMessage("Event: Newchannel\nUniqueid: 1\nChannel: PJSIP/a-1\nChannelState: 4"))
		c.take(ami.NewMessage(text))
		c.take(ami.NewMessage(text))
		registry := prometheus.NewPedanticRegistry()
		for _, e := range c.events(everything()) {
			if err := registry.Register(e); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := registry.Gather(); err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkEvents is the cost of one event of a usual call.
func BenchmarkEvents(b *testing.B) {
	var messages []ami.Message
	for e := range strings.SplitSeq(eventsOf(b, "22.10.1"), "\r\n\r\n") {
		messages = append(messages, ami.NewMessage(e))
	}
	c := newCounts(time.Now)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.take(messages[i%len(messages)])
	}
}
