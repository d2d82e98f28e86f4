// Package emodel estimates how people would rate a telephone call from what was measured on the way: delay, packet loss and
// the codec, by the E-model of ITU-T G.107. It is arithmetic of its own on the standard library. It refuses to judge what
// the narrow-band E-model does not cover: wide-band codecs (G.107.1), noise, echo and level at the ends, for all of which it
// takes the recommendation's default values.
package emodel

import (
	"math"
	"time"
)

// Codec is what the model has to know of a codec.
type Codec struct {
	// Ie is the equipment impairment factor without loss (ITU-T G.113, appendix I, table I.4).
	Ie float64
	// Bpl is the robustness against packet loss (ITU-T G.113, appendix I, table I.4).
	Bpl float64
}

// G711 is G.711 whose receiver fills no gaps (Bpl 4.3: ITU-T G.113, appendix I).
func G711() Codec { return Codec{Ie: 0, Bpl: 4.3} }

// G711PLC is G.711 whose receiver conceals lost packets (ITU-T G.711, appendix I), as phones do (Bpl 25.1: ITU-T G.113,
// appendix I).
func G711PLC() Codec { return Codec{Ie: 0, Bpl: 25.1} }

// G729A is G.729 annex A with voice activity detection (Ie 11, Bpl 19.0: ITU-T G.113, appendix I).
func G729A() Codec { return Codec{Ie: 11, Bpl: 19} }

// Path is what was measured of the way from one mouth to the other's ear.
type Path struct {
	// Delay is the one-way delay from mouth to ear: network, packetisation and jitter buffer. Below 0 counts as 0.
	Delay time.Duration
	// Loss is the share of packets lost, 0 to 1; beyond that it is cut.
	Loss float64
	// Burst is the burst ratio BurstR: the mean length of runs of lost packets by what it were at random loss. Below 1,
	// where loss is spread more evenly than at random, counts as 1.
	Burst float64
}

// defaultRating is Ro - Is with all parameters at their default values (ITU-T G.107, clause 7.1 and table 2).
const defaultRating = 93.2

// R is the transmission rating factor, at most 93.2 and below 0 for what nobody can use:
//
//	R = 93.2 - Id - Ie,eff
//
// The default values of ITU-T G.107 stand for all that was not measured; the advantage factor A is 0.
func R(c Codec, p Path) float64 {
	return defaultRating - delayImpairment(p.Delay) - lossImpairment(c, p.Loss, p.Burst)
}

// delayImpairment is Id for perfect echo control, by the approximation of Cole and Rosenbluth (Voice over IP performance
// monitoring, ACM Computer Communication Review 31/2, 2001, equation 5) to the curve of ITU-T G.107: 0.024 a millisecond,
// and 0.11 more for each beyond 177.3 ms, where talkers begin to interrupt each other.
func delayImpairment(d time.Duration) float64 {
	const knee = 177.3
	ms := max(d.Seconds()*1000, 0)
	return 0.024*ms + 0.11*max(ms-knee, 0)
}

// lossImpairment is Ie,eff (ITU-T G.107, equation 7-29), with the loss in percent.
func lossImpairment(c Codec, loss, burst float64) float64 {
	percent := 100 * min(max(loss, 0), 1)
	if percent == 0 {
		return c.Ie
	}
	return c.Ie + (95-c.Ie)*percent/(percent/max(burst, 1)+c.Bpl)
}

// MOS is the mean opinion score of a conversation (MOS-CQE), 1 to 4.5, for a rating factor (ITU-T G.107, annex B). The
// formula dips below 1 for ratings under 6.5; the scale does not.
func MOS(r float64) float64 {
	switch {
	case math.IsNaN(r) || r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}
