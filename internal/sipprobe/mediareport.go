package sipprobe

import (
	"time"

	"github.com/voipbin/observability/internal/emodel"
)

// MediaReport is what became of the audio of a call. Of what cannot be known a pointer is nil.
//
// The probe marks each packet's payload. Where marks come back the whole loop is measured, there and back: Loss, Jitter and
// RoundTrip are of the loop. Where audio comes back without marks (no echo, or one that decodes and encodes) only the way back
// can be, by the far end's own numbering.
type MediaReport struct {
	// Sent and Received count packets. Received has everything in G.711 that came since the answer; Echoed those of it that
	// were ours, without repetitions.
	Sent, Received, Echoed int
	// Early counts packets that came before the call was answered.
	Early int
	// Repeated and Reordered count echoes that came again, and that came after a later one.
	Repeated, Reordered int
	// Out and In say whether audio runs to the far end, and from it.
	Out, In *bool
	// Loss is the share of packets that did not come back, 0 to 1.
	Loss *float64
	// OutLoss is the far end's own count of what it did not get, 0 to 1: by its last RTCP report.
	OutLoss *float64
	// InLoss is the share of the far end's packets that did not come, 0 to 1: by its numbering, where that is its own.
	InLoss *float64
	// Burst is the burst ratio of the loop's losses (ITU-T G.107, 7.6), at least 1; nil without loss.
	Burst *float64
	// Jitter is the mean change of transit time between packets (as RFC 3550, 6.4.1), of the loop, or else of the way back.
	Jitter *time.Duration
	// RoundTrip is the mean time from sending a packet to its echo.
	RoundTrip *time.Duration
	// FirstPacket is from the answer to the first audio.
	FirstPacket *time.Duration
	// R and MOS estimate the quality of the loop (internal/emodel): a listener at half its round trip, who gets what is left
	// after both ways. So they are no better than those of either direction.
	R, MOS *float64
	// Reports counts RTCP reports from the far end.
	Reports int
}

// bufferJitters is how many times the jitter a phone's buffer is taken to hold back.
const bufferJitters = 2

// settle makes the report. The call was answered at answered; cut says that it ended before its time, so that the echo of the
// last half second is not to be expected.
func (m *media) settle(answered time.Time, cut bool) *MediaReport {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := &MediaReport{
		Sent: len(m.sentAt), Received: m.backs + m.repeats + m.foreign - m.early, Echoed: m.backs, Early: m.early,
		Repeated: m.repeats, Reordered: m.reorder, Reports: m.reports,
	}
	if !m.first.IsZero() {
		r.FirstPacket = ptr(max(m.first.Sub(answered), 0))
	}
	m.directions(r)
	m.losses(r)
	if m.backs > 0 {
		m.loop(r, cut)
	} else {
		r.Jitter = m.stream.jitter.mean()
	}
	return r
}

// directions says which way audio runs. An echo proves both; else the far end's reports may tell.
func (m *media) directions(r *MediaReport) {
	switch {
	case r.Received > 0:
		r.In = ptr(true)
	case m.report != nil || m.theirs > 0:
		r.In = ptr(false) // it is there, and it hears or sends
	}
	switch {
	case r.Echoed > 0 || m.report != nil:
		r.Out = ptr(true)
	case m.mute > 0:
		r.Out = ptr(false) // it reports, and never heard of us
	}
}

// losses of each direction by itself.
func (m *media) losses(r *MediaReport) {
	if m.report != nil {
		if expected := float64(m.report.highest&0xffff) + 1; expected > 0 && m.report.highest < 1<<16 {
			r.OutLoss = ptr(min(max(float64(m.report.lost)/expected, 0), 1))
		}
	}
	if m.stream.begun && m.stream.ssrc != m.ssrc {
		r.InLoss = ptr(m.stream.loss())
	}
}

// loop is what the echoes tell.
func (m *media) loop(r *MediaReport, cut bool) {
	last := len(m.sentAt)
	if cut {
		end := m.sentAt[last-1].Add(-drain)
		for last > 1 && last > m.highest+1 && m.sentAt[last-1].After(end) {
			last--
		}
	}
	lost, runs, before := 0, 0, false
	var round time.Duration
	for i, back := range m.backAt[:last] {
		gone := back.IsZero()
		switch {
		case gone && !before:
			lost, runs = lost+1, runs+1
		case gone:
			lost++
		default:
			round += back.Sub(m.sentAt[i])
		}
		before = gone
	}
	share := float64(lost) / float64(last)
	r.Loss, r.RoundTrip, r.Jitter = &share, ptr(round/time.Duration(m.backs)), m.echoes.mean()
	if lost > 0 {
		r.Burst = ptr(max(float64(lost)/float64(runs)*(1-share), 1))
	}
	r.rate()
}

// rate estimates what people would say.
func (r *MediaReport) rate() {
	path := emodel.Path{Delay: *r.RoundTrip/2 + packetTime, Loss: *r.Loss, Burst: 1}
	if r.Jitter != nil {
		path.Delay += bufferJitters * *r.Jitter
	}
	if r.Burst != nil {
		path.Burst = *r.Burst
	}
	rating := emodel.R(emodel.G711PLC(), path)
	r.R, r.MOS = &rating, ptr(emodel.MOS(rating))
}

// OneWay reports whether audio ran in one direction only. It is not known where none ran at all, or where one direction ran and
// of the other nothing can be told.
func (r *MediaReport) OneWay() (oneWay, known bool) {
	out, in := isTrue(r.Out), isTrue(r.In)
	switch {
	case out && in:
		return false, true
	case isFalse(r.Out) && isFalse(r.In):
		return false, false
	}
	// An echo that is not there although audio comes is as good as a direction that does not work.
	return true, out || in || isFalse(r.Out) || isFalse(r.In)
}
