package asterisk

import (
	"math"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// mostStreams is how many streams of one channel are told apart: audio and video, and what re-invites left behind.
const mostStreams = 4

// rtcpCounts are distributions over reports of RTCP.
type rtcpCounts struct{ loss, jitter, roundTrip, score *emit.HistogramVec }

func newRTCPCounts() rtcpCounts {
	return rtcpCounts{
		loss: emit.NewHistogramVec(metric.AsteriskRTCPLoss, 0), jitter: emit.NewHistogramVec(metric.AsteriskRTCPJitter, 0),
		roundTrip: emit.NewHistogramVec(metric.AsteriskRTCPRoundTrip, 0), score: emit.NewHistogramVec(metric.AsteriskRTCPMES, 0),
	}
}

func (r rtcpCounts) events() []emit.Collector {
	return []emit.Collector{r.loss, r.jitter, r.roundTrip, r.score}
}

// clock finds out how fast the RTP clock of one stream's sender runs.
type clock struct {
	ntp, rtp float64 // of the last sender report; ntp in seconds
	rate     float64 // in Hz; 0 while it is not known
}

// report takes one report; direction is that of the stream that it is about.
func (c *counts) report(m ami.Message, direction string) {
	about := c.clocks(m, direction)
	if m.Get("ReportCount") == "0" {
		return
	}
	if lost, ok := number(m, "Report0FractionLost"); ok && lost >= 0 && lost < 256 {
		c.rtcp.loss.Observe(lost/256, direction)
	}
	if score, ok := number(m, "MES"); ok && score > 0 && score <= 100 {
		c.rtcp.score.Observe(score, direction)
	}
	// The difference of two clocks' stamps that Asterisk made before the first packet is no jitter: it has shown values near 2^32.
	if units, ok := number(m, "Report0IAJitter"); ok && about != nil && about.rate > 0 && units >= 0 && units < 10*about.rate {
		c.rtcp.jitter.Observe(units/about.rate, direction)
	}
	if rtt, ok := number(m, "RTT"); ok && direction == "sent" && rtt > 0 && m.Get("Report0LSR") != "0" {
		c.rtcp.roundTrip.Observe(rtt)
	}
}

// clocks takes note of a sender report and returns the clock of the stream that the report is about: that of the other party's stream in
// a report that Asterisk sends, of its own in one that it receives.
func (c *counts) clocks(m ami.Message, direction string) *clock {
	remote, own := m.Get("To"), "own "
	if direction == "sent" {
		remote = m.Get("From")
	}
	ch, ok := c.track(m.Get("Uniqueid"))
	if !ok || remote == "" {
		return nil
	}
	sender, about := remote, own+remote
	if direction == "received" {
		sender, about = about, sender
	}
	if ntp, ok := number(m, "SentNTP"); ok {
		if rtp, ok := number(m, "SentRTP"); ok {
			ch.stream(sender).note(ntp, rtp)
		}
	}
	return ch.streams[about]
}

// stream returns the clock of a stream. When there are too many all are forgotten: they find out again in two reports.
func (ch *channel) stream(key string) *clock {
	if k, ok := ch.streams[key]; ok {
		return k
	}
	if ch.streams == nil || len(ch.streams) >= mostStreams {
		ch.streams = make(map[string]*clock, 2)
	}
	k := &clock{}
	ch.streams[strings.Clone(key)] = k
	return k
}

// note derives the rate from this sender report and the one before (RFC 3550, 6.4.1: both stamps name one moment). Only rates that
// codecs have are believed.
func (k *clock) note(ntp, rtp float64) {
	const (
		wrap      = 1 << 32
		tolerance = 0.04 // 44.1 and 48 kHz are 8 % apart
		shortest  = 1
		longest   = 60 // a 90 kHz clock wraps after 13 hours, but what lies so far apart is no report and the next
	)
	seconds, units := ntp-k.ntp, math.Mod(rtp-k.rtp+wrap, wrap)
	known := k.ntp != 0
	if known && seconds < shortest {
		return
	}
	k.ntp, k.rtp = ntp, rtp
	if !known || seconds > longest {
		return
	}
	for _, rate := range []float64{8000, 16000, 24000, 32000, 44100, 48000, 90000} {
		if math.Abs(units/seconds/rate-1) < tolerance {
			k.rate = rate
		}
	}
}

// number is a value as a number, if it is one.
func number(m ami.Message, key string) (float64, bool) {
	v, err := strconv.ParseFloat(m.Get(key), 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}
