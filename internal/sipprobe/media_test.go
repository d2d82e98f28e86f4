package sipprobe_test

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/voipbin/observability/internal/sipprobe"
)

// talkTo makes a call of some seconds to a far end whose audio is f.
func talkTo(w *world, duration time.Duration, f func(p []byte, reply func([]byte))) sipprobe.Result {
	w.far(farMedia, f)
	w.onMessage = phone(0)
	p := echoCall()
	p.Media.Duration = duration
	return w.probe(duration+5*time.Second, p)
}

// near compares a number that is known.
func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-9 {
		text := "nothing"
		if got != nil {
			text = time.Duration(*got * float64(time.Second)).String()
		}
		t.Errorf("%s: want %v, got %s", what, want, text)
	}
}

func yes(b *bool) string {
	switch {
	case b == nil:
		return "unknown"
	case *b:
		return "yes"
	}
	return "no"
}

func directions(t *testing.T, r sipprobe.Result, out, in string) {
	t.Helper()
	if r.Media == nil {
		t.Fatal("no report")
	}
	if o, i := yes(r.Media.Out), yes(r.Media.In); o != out || i != in {
		t.Errorf("audio: want out %s, in %s; got out %s, in %s", out, in, o, i)
	}
}

// Every tenth packet lost: single losses, so no more bursty than chance.
func TestLoss(t *testing.T) {
	within(t, func(w *world) {
		n := 0
		r := talkTo(w, 4*time.Second, func(p []byte, reply func([]byte)) {
			if n++; n%10 != 0 {
				reply(p)
			}
		})
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		near(t, "loss", r.Media.Loss, 0.1)
		near(t, "burst", r.Media.Burst, 1)
		directions(t, r, "yes", "yes")
		// By hand: Id of 20 ms is 0.48, Ie,eff = 95*10/(10+25.1) = 27.07, R 65.65, MOS 3.38.
		if math.Abs(*r.Media.R-65.65) > 0.01 || math.Abs(*r.Media.MOS-3.38) > 0.01 {
			t.Errorf("R %v, MOS %v", *r.Media.R, *r.Media.MOS)
		}
	})
}

// Twenty packets in a row of two hundred: the same share in bursts is worse.
func TestBurstyLoss(t *testing.T) {
	within(t, func(w *world) {
		n := 0
		r := talkTo(w, 4*time.Second, func(p []byte, reply func([]byte)) {
			if n++; n <= 100 || n > 120 {
				reply(p)
			}
		})
		near(t, "loss", r.Media.Loss, 0.1)
		near(t, "burst", r.Media.Burst, 18) // 20 in a run, where chance has 1/(1-0.1)
		if *r.Media.R > 60 {
			t.Errorf("R %v", *r.Media.R)
		}
	})
}

// What is lost at the very end is lost; only when the call is cut short is it not to be known.
func TestLossAtTheEnd(t *testing.T) {
	within(t, func(w *world) {
		n := 0
		r := talkTo(w, 2*time.Second, func(p []byte, reply func([]byte)) {
			if n++; n <= 95 {
				reply(p)
			}
		})
		near(t, "loss", r.Media.Loss, 0.05)
	})
}

// Every second packet 10 ms later than the others: the transit time changes by 10 ms from each to the next.
func TestJitterAndRoundTrip(t *testing.T) {
	within(t, func(w *world) {
		n := 0
		r := talkTo(w, 4*time.Second, func(p []byte, reply func([]byte)) {
			n++
			time.AfterFunc(time.Duration(30+10*(n%2))*time.Millisecond, func() { reply(p) })
		})
		took(t, "jitter", r.Media.Jitter, 10*time.Millisecond)
		took(t, "round trip", r.Media.RoundTrip, 35*time.Millisecond)
		if r.Media.Reordered != 0 {
			t.Errorf("%d reordered", r.Media.Reordered)
		}
	})
}

func TestReorderedAndRepeatedPackets(t *testing.T) {
	within(t, func(w *world) {
		n := 0
		r := talkTo(w, 2*time.Second, func(p []byte, reply func([]byte)) {
			n++
			switch n % 20 {
			case 5:
				time.AfterFunc(30*time.Millisecond, func() { reply(p) })
			case 10:
				reply(p)
				reply(p)
			default:
				reply(p)
			}
		})
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		if m := r.Media; m.Reordered != 5 || m.Repeated != 5 || m.Echoed != 100 || m.Received != 105 || *m.Loss != 0 {
			t.Errorf("%+v", m)
		}
	})
}

// An echo of another numbering, as a back-to-back user agent has it: what it lost before and after can be told apart.
func TestLossOfEachDirection(t *testing.T) {
	within(t, func(w *world) {
		n, lost, seq := 0, 0, uint16(65502)
		r := talkTo(w, 4*time.Second, func(p []byte, reply func([]byte)) {
			if n++; n%10 == 0 {
				return // on the way there
			}
			seq++
			binary.BigEndian.PutUint16(p[2:], seq)
			binary.BigEndian.PutUint32(p[8:], 0xfeed)
			if seq%9 == 0 {
				lost++ // on the way back
				return
			}
			reply(p)
		})
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		near(t, "loss of the loop", r.Media.Loss, float64(20+lost)/200)
		near(t, "loss of the way back", r.Media.InLoss, float64(lost)/180)
		if r.Media.OutLoss != nil {
			t.Error("the far end told nothing")
		}
	})
}

// report is an RTCP receiver report about a source.
func report(about uint32, lost uint32, highest uint32) []byte {
	p := make([]byte, 32)
	p[0], p[1], p[3] = 0x81, 201, 7
	binary.BigEndian.PutUint32(p[8:], about)
	binary.BigEndian.PutUint32(p[12:], lost&0xffffff)
	binary.BigEndian.PutUint32(p[16:], highest)
	return p
}

// farReports has the far end send RTCP at each report of the probe.
func farReports(w *world, f func(about uint32) []byte) {
	w.far(farMedia+1, func(p []byte, reply func([]byte)) {
		if p[1] != 200 {
			w.t.Errorf("the probe sent RTCP of type %d", p[1])
		}
		if length := 4 * (int(binary.BigEndian.Uint16(p[2:])) + 1); length != len(p) {
			w.t.Errorf("the probe's RTCP of %d bytes says that it has %d", len(p), length)
		}
		reply(f(binary.BigEndian.Uint32(p[4:])))
	})
}

// The far end hears us, and we do not hear it: only its reports get through.
func TestOnlyTheWayThereWorks(t *testing.T) {
	within(t, func(w *world) {
		farReports(w, func(about uint32) []byte { return report(about, 10, 99) })
		r := talkTo(w, 2*time.Second, func([]byte, func([]byte)) {})
		expect(t, r, sipprobe.FailOneWay, sipprobe.GradeServed, 200)
		directions(t, r, "yes", "no")
		near(t, "loss of the way there", r.Media.OutLoss, 0.1)
		oneWay, known := r.Media.OneWay()
		if !oneWay || !known || r.Media.Loss != nil || r.Media.MOS != nil {
			t.Errorf("%+v", r.Media)
		}
	})
}

// The far end talks, and reports that it hears nothing.
func TestOnlyTheWayBackWorks(t *testing.T) {
	within(t, func(w *world) {
		farReports(w, func(uint32) []byte { return []byte{0x80, 201, 0, 1, 0, 0, 0, 9} })
		n := 0
		r := talkTo(w, 2*time.Second, func(p []byte, reply func([]byte)) {
			n++ // music of its own
			music := make([]byte, len(p))
			copy(music, p[:12])
			binary.BigEndian.PutUint32(music[8:], 0xbeef)
			reply(music)
		})
		expect(t, r, sipprobe.FailOneWay, sipprobe.GradeServed, 200)
		directions(t, r, "no", "yes")
		if r.Media.Received != 100 || r.Media.Echoed != 0 || r.Media.Loss != nil || r.Media.RoundTrip != nil {
			t.Errorf("%+v", r.Media)
		}
		near(t, "loss of the way back", r.Media.InLoss, 0)
		took(t, "jitter of the way back", r.Media.Jitter, 0)
	})
}

// Nothing at all comes back: no direction can be blamed, and no number made up.
func TestSilence(t *testing.T) {
	within(t, func(w *world) {
		r := talkTo(w, time.Second, func([]byte, func([]byte)) {})
		expect(t, r, sipprobe.FailNoMedia, sipprobe.GradeServed, 200)
		directions(t, r, "unknown", "unknown")
		released(t, r, true)
		m := r.Media
		if _, known := m.OneWay(); known || m.Sent != 50 || m.Received != 0 || m.Loss != nil || m.Jitter != nil || m.MOS != nil || m.FirstPacket != nil || m.InLoss != nil {
			t.Errorf("%+v", m)
		}
	})
}

// Garbage on the audio ports is no audio.
func TestGarbageAudio(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia+1, func(_ []byte, reply func([]byte)) {
			for _, p := range [][]byte{{}, {0x81}, {0x81, 201, 0xff, 0xff, 0, 0, 0, 0}, {0x81, 200, 0, 1, 0, 0, 0, 0}, {0x9f, 201, 0, 1, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}} {
				reply(p)
			}
		})
		r := talkTo(w, 3*time.Second, func(p []byte, reply func([]byte)) {
			reply(nil)
			reply(p[:11])
			reply([]byte("garbage that is as long as a header has to be"))
			p[1] = 13 // comfort noise
			reply(p)
		})
		expect(t, r, sipprobe.FailNoMedia, sipprobe.GradeServed, 200)
		if r.Media.Received != 0 {
			t.Errorf("%+v", r.Media)
		}
	})
}

// Audio before the answer is early media: it is told, and is no proof of anything.
func TestEarlyMedia(t *testing.T) {
	within(t, func(w *world) {
		conn, err := w.listen("udp", serverHost+":41000")
		if err != nil {
			t.Fatal(err)
		}
		w.closers = append(w.closers, func() { _ = conn.Close() })
		w.far(farMedia, perfect(0))
		w.onMessage = func(s *side, m sip.Message) {
			switch req := m.(*sip.Request); req.Method {
			case sip.INVITE:
				time.Sleep(50 * time.Millisecond)
				s.answer(req, 183, farSDP)
				for i := range 10 {
					p := make([]byte, 172)
					p[0], p[3] = 0x80, byte(i)
					_, _ = conn.WriteTo(p, udpAddr(20000))
					time.Sleep(20 * time.Millisecond)
				}
				s.answer(req, 200, farSDP)
			case sip.BYE:
				s.answer(req, 200)
			}
		}
		r := w.probe(5*time.Second, echoCall())
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		took(t, "post-dial delay", r.PostDial, 50*time.Millisecond)
		took(t, "answer", r.Delay, 250*time.Millisecond)
		took(t, "first packet", r.Media.FirstPacket, 0)
		if m := r.Media; m.Early != 10 || m.Received != 50 || *m.Loss != 0 {
			t.Errorf("%+v", m)
		}
	})
}

// A report that comes before a second of audio was sent may not know of it yet, and says nothing.
func TestReportThatComesTooEarly(t *testing.T) {
	within(t, func(w *world) {
		farReports(w, func(uint32) []byte { return []byte{0x80, 201, 0, 1, 0, 0, 0, 9} })
		r := talkTo(w, 500*time.Millisecond, func([]byte, func([]byte)) {})
		expect(t, r, sipprobe.FailNoMedia, sipprobe.GradeServed, 200)
		directions(t, r, "unknown", "unknown")
		if r.Media.Reports != 1 {
			t.Errorf("%d reports", r.Media.Reports)
		}
	})
}
