package lab

import "time"

// UsualMix is the call mix of `make run`, without end: 9.4 calls a second, most of them good. Its failures are the platform's own for a
// share that no objective allows, so that alerts can be watched.
func UsualMix() []Leg {
	return []Leg{
		{User: UserAnswer, Rate: 6, Hold: 2 * time.Second},
		{User: UserFailover, Rate: 0.2, Hold: time.Second},
		{User: UserNotFound, Rate: 1},
		{User: UserBusy, Rate: 1},
		{User: UserRing, Rate: 0.5, Hold: time.Second},
		{User: UserLocal404, Rate: 0.3},
		{User: UserUnavailable, Rate: 0.2},
		{User: UserHole, Rate: 0.2},
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

// callsIn is the number of calls of a bounded mix.
func callsIn(legs []Leg) int {
	n := 0
	for _, leg := range legs {
		n += leg.Calls
	}
	return n
}
