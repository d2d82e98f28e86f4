package lab

import (
	"slices"
	"time"

	"github.com/voipbin/observability/internal/lab/asterisk"
)

// UsualMix is the call mix of `make run`, without end: 25.5 calls a second of a platform in fair health. Of 10 000 calls 4 fail by the
// platform, where the objective allows 10; 200 are refused by their first gateway and answered by the second.
func UsualMix() []Leg {
	return []Leg{
		{User: UserAnswer, Rate: 20, Hold: 2 * time.Second},
		{User: UserFailover, Rate: 0.5, Hold: time.Second},
		{User: UserNotFound, Rate: 2},
		{User: UserBusy, Rate: 2},
		{User: UserRing, Rate: 0.5, Hold: time.Second},
		{User: UserLocal404, Rate: 0.5},
		{User: UserUnavailable, Rate: 0.005},
		{User: UserHole, Rate: 0.005},
	}
}

// BoundedMix is a mix of 200 calls which takes about ten seconds, with every kind of end. Its good calls are answered, refused or
// cancelled; 16 of the 200 fail by the platform.
func BoundedMix() []Leg {
	return []Leg{
		{User: UserAnswer, Rate: 14, Calls: 100, Hold: 500 * time.Millisecond},
		{User: UserFailover, Rate: 1, Calls: 4, Hold: 200 * time.Millisecond},
		{User: UserNotFound, Rate: 5, Calls: 30},
		{User: UserBusy, Rate: 5, Calls: 30},
		{User: UserRing, Rate: 2, Calls: 10, Hold: 300 * time.Millisecond},
		{User: UserLocal404, Rate: 2, Calls: 10},
		{User: UserLocal503, Rate: 1, Calls: 4},
		{User: UserUnavailable, Rate: 1, Calls: 6},
		{User: UserHole, Rate: 1, Calls: 6},
	}
}

// UsualMediaMix is what `make run` adds where there is media, without end: whole calls with audio both ways, some seven at a time. Few of
// them are refused, for RTPEngine was asked to relay those too and counts them among calls without any audio, of which 2 % raise an alert.
func UsualMediaMix() []Leg {
	return []Leg{
		{User: pbx(asterisk.UserEcho), Rate: 0.5, Hold: 8 * time.Second},
		{User: pbx(asterisk.UserTone), Rate: 0.25, Hold: 8 * time.Second},
		{User: pbx(asterisk.UserQueue), Rate: 0.1, Hold: 10 * time.Second},
		{User: pbx(asterisk.UserBusy), Rate: 0.01},
		{User: pbx(asterisk.UserReject), Rate: 0.005},
	}
}

// BoundedMediaMix is 40 whole calls, which take about seven seconds, 11 of them to queues: agents take 6, 3 callers hang up in a queue that
// has none, and 2 are let go there. At most 16 have audio at a time, so that RTPEngine's ports last.
func BoundedMediaMix() []Leg {
	return []Leg{
		{User: pbx(asterisk.UserEcho), Rate: 3.5, Calls: 14, Hold: 2 * time.Second},
		{User: pbx(asterisk.UserTone), Rate: 2, Calls: 8, Hold: 2 * time.Second},
		{User: pbx(asterisk.UserQueue), Rate: 1.5, Calls: 6, Hold: 2 * time.Second},
		{User: pbx(asterisk.UserEmptyQueue), Rate: 0.75, Calls: 3, Hold: time.Second},
		{User: pbx(asterisk.UserQueueTimeout), Rate: 0.5, Calls: 2, Hold: 2500 * time.Millisecond},
		{User: pbx(asterisk.UserBusy), Rate: 1, Calls: 4},
		{User: pbx(asterisk.UserReject), Rate: 0.75, Calls: 3},
	}
}

// Scaled is a mix with n times the calls in the same time.
func Scaled(legs []Leg, n int) []Leg {
	scaled := slices.Clone(legs)
	for i := range scaled {
		scaled[i].Calls *= n
		scaled[i].Rate *= float64(n)
	}
	return scaled
}

// Repeated is a mix with n times the calls in n times the time.
func Repeated(legs []Leg, n int) []Leg {
	repeated := slices.Clone(legs)
	for i := range repeated {
		repeated[i].Calls *= n
	}
	return repeated
}

// lastingOf is how long a bounded mix takes until its last call begins.
func lastingOf(legs []Leg) time.Duration {
	var longest time.Duration
	for _, leg := range legs {
		longest = max(longest, time.Duration(float64(leg.Calls)/leg.Rate*float64(time.Second)))
	}
	return longest
}

// callsIn is the number of calls of a bounded mix.
func callsIn(legs []Leg) int {
	n := 0
	for _, leg := range legs {
		n += leg.Calls
	}
	return n
}
