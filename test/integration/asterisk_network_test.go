//go:build integration

package integration

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/lab/asterisk"
	lossy "github.com/voipbin/observability/internal/lab/relay"
)

// The bad network, in each direction: 6 % of the packets of audio are lost, and the others late by 0 to 15 ms beside what all are. Reports
// are late, and not lost: each lost one would be an observation less, and no other number.
const (
	networkLoss   = 0.06
	networkJitter = 15 * time.Millisecond
	networkDelay  = 20 * time.Millisecond
)

// The errors that the histograms may have against what the relay did, and where they come from.
const (
	// A report tells loss in whole parts of 256, rounded down (RFC 3550, 6.4.1).
	lossStep = 1.0 / 256
	// The relay's count at the moment of a report has packets that are still under way, and Asterisk's report is older by the way here: 4
	// of 250 packets. What one interval has too many the next has too few, so that the sum has it at either end only.
	lossEdge = 2 * 4.0 / 250
	// Two delays from 0 to 15 ms differ by 5 ms in the mean. The estimator looks back some 16 packets (RFC 3550, 6.4.1), so that one report
	// is off by 0.7 ms, and the mean of six by 0.3; timers add to it.
	jitterMean, jitterLess, jitterMore = 0.005, 0.0015, 0.005
	// 20 ms there and back; timers add to it.
	roundTripMean, roundTripMore = 0.040, 0.020
)

// onTime is how many of 250 packets each side sends between two reports, unless the machine is too busy for it: jitter and round trip then
// have no upper bound, for the audio was late before it came to the relay.
const onTime = 245

// measured is what the exporter has of one direction, or of a part of a call.
type measured struct{ losses, loss, jitters, jitter, trips, trip, scores, score float64 }

func measuredOf(x exportertest.Scrape, direction string) measured {
	of := func(family string) (n, sum float64) {
		n, _ = sample(x, family+`_count{direction="`+direction+`"}`)
		sum, _ = sample(x, family+`_sum{direction="`+direction+`"}`)
		return n, sum
	}
	var m measured
	m.losses, m.loss = of("asterisk_rtcp_packet_loss_ratio")
	m.jitters, m.jitter = of("asterisk_rtcp_jitter_seconds")
	m.scores, m.score = of("asterisk_rtcp_media_experience_score")
	m.trips, _ = sample(x, "asterisk_rtcp_round_trip_seconds_count")
	m.trip, _ = sample(x, "asterisk_rtcp_round_trip_seconds_sum")
	return m
}

func (m measured) since(b measured) measured {
	return measured{
		m.losses - b.losses, m.loss - b.loss, m.jitters - b.jitters, m.jitter - b.jitter,
		m.trips - b.trips, m.trip - b.trip, m.scores - b.scores, m.score - b.score,
	}
}

// interval is what the relay did between two reports of Asterisk: with packets to Asterisk, and with those from it.
type interval struct{ there, back lossy.Counts }

// lostBy adds up the shares that were lost.
func lostBy(all []interval, of func(interval) lossy.Counts) (sum float64, packets int) {
	for _, i := range all {
		c := of(i)
		sum += float64(c.Lost) / float64(c.Lost+c.Passed)
		packets += c.Lost + c.Passed
	}
	return sum, packets
}

// badNetwork is a call to an Asterisk whose audio and reports pass a relay in both directions.
type badNetwork struct {
	t              *testing.T
	handset        *handset
	audio, reports *lossy.Relay
	call           *dialog
	from, to       lossy.Counts // of the report before: from Asterisk, and to it
}

func newBadNetwork(t *testing.T, s *asterisk.Single, seed uint64) *badNetwork {
	t.Helper()
	n := &badNetwork{t: t, handset: newHandset(t)}
	var err error
	if n.audio, n.reports, err = lossy.StartPair(loopbackPort(portOf(n.handset.rtp)), loopbackPort(portOf(n.handset.rtcp)), seed); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = n.audio.Close(), n.reports.Close() })
	late := lossy.Impairment{Delay: networkDelay}
	n.audio.Set(late, late)
	n.reports.Set(late, late)
	n.call = dialAsterisk(t, s, asterisk.UserTone, int(n.audio.Addr().Port()))
	n.handset.talk()
	return n
}

// hear waits for so many reports of Asterisk, answers each, and returns what the relay did between them.
func (n *badNetwork) hear(reports int) []interval {
	n.t.Helper()
	all := make([]interval, reports)
	for i := range all {
		n.handset.awaitReport()
		from, to := n.audio.Counts()
		n.handset.report()
		all[i] = interval{there: less(to, n.to), back: less(from, n.from)}
		n.from, n.to = from, to
	}
	return all
}

// steady says whether both sides could send on time.
func steady(all []interval) bool {
	return !slices.ContainsFunc(all, func(i interval) bool {
		return i.there.Lost+i.there.Passed < onTime || i.back.Lost+i.back.Passed < onTime
	})
}

func less(a, b lossy.Counts) lossy.Counts {
	return lossy.Counts{Passed: a.Passed - b.Passed, Lost: a.Lost - b.Lost}
}

// TestAsteriskThroughABadNetwork has a relay lose and delay a known part of the audio of a call, in both directions, and compares what
// Asterisk's histograms say of it, by Asterisk's own measurement of what it hears and by the handset's of what it is sent.
func TestAsteriskThroughABadNetwork(t *testing.T) {
	// Not beside others: it holds the machine to sending on time.
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			var c exporter.Credentials
			s := startAsterisk(t, suite, func(s *asterisk.Single) { c = withObserver(t, s) })
			target := observeAsterisk(t, s, c, nil)
			until(t, target, "up", 10*time.Second, up)
			n := newBadNetwork(t, s, 7)
			heard := func(what string, reports float64) map[string]measured {
				got := until(t, target, what, 5*time.Second, func(x exportertest.Scrape) bool {
					return measuredOf(x, "sent").losses == reports && measuredOf(x, "received").losses == reports
				})
				asteriskSuite().Check(t, got)
				return map[string]measured{"sent": measuredOf(got, "sent"), "received": measuredOf(got, "received")}
			}
			const good, bad = 3, 6 // reports, which come every five seconds
			clean := n.hear(good)
			before := heard("reports of a good network", good)
			worse := lossy.Impairment{Loss: networkLoss, Delay: networkDelay, Jitter: networkJitter}
			n.audio.Set(worse, worse)
			impaired := n.hear(bad)
			after := heard("reports of a bad network", good+bad)
			n.call.send(t, "BYE", 2, "", "")

			for direction, of := range map[string]func(interval) lossy.Counts{
				"received": func(i interval) lossy.Counts { return i.there },
				"sent":     func(i interval) lossy.Counts { return i.back },
			} {
				calm, rough := before[direction], after[direction].since(before[direction])
				t.Logf("%s: relay %v, then %v; exporter %+v, then %+v", direction, clean, impaired, calm, rough)
				if calm.loss != 0 || steady(clean) && calm.jitter/calm.jitters > jitterMore {
					t.Errorf("%s, a good network: want no loss and little jitter, got %v and %v s", direction, calm.loss, calm.jitter/calm.jitters)
				}
				more := math.Inf(1)
				if steady(impaired) {
					more = 1
				}
				want, packets := lostBy(impaired, of)
				if want < bad*networkLoss/2 || want > bad*networkLoss*2 || packets < bad*200 {
					t.Fatalf("%s: the relay lost shares of %v in all of %d packets", direction, want, packets)
				}
				if rough.losses != bad || rough.loss > want+lossEdge || rough.loss < want-lossEdge-bad*lossStep {
					t.Errorf("%s: want %v reports of %.4f lost in all, by the relay's count, got %v of %.4f", direction, bad, want, rough.losses, rough.loss)
				}
				if mean := rough.jitter / rough.jitters; rough.jitters != bad || mean < jitterMean-jitterLess || mean > (jitterMean+jitterMore)*more {
					t.Errorf("%s: want a jitter of %v s %d times, got %v %v times", direction, jitterMean, bad, mean, rough.jitters)
				}
				if mean := rough.trip / rough.trips; rough.trips != bad || mean < roundTripMean || mean > (roundTripMean+roundTripMore)*more {
					t.Errorf("want a round trip of %v s %d times, got %v %v times", roundTripMean, bad, mean, rough.trips)
				}
				// The score is Asterisk's own: nobody says what it has to be, but that it is high, and falls.
				if has := suite == "sid"; has != (calm.scores == good) || has != (rough.scores == bad) {
					t.Errorf("%s: %v and %v scores", direction, calm.scores, rough.scores)
				} else if first, then := calm.score/calm.scores, rough.score/rough.scores; has && (first < 85 || then > first-4) {
					t.Errorf("%s: want a score of 85 or more that falls, got %v and then %v", direction, first, then)
				}
			}
		})
	}
}
