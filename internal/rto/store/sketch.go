package store

import (
	"maps"
	"math"
	"slices"
	"time"
)

// sketch is how long the upper edge of the exposure was how high: time by logarithmic buckets, after Masson, Rim and Lee (DDSketch, VLDB
// 2019), so that minutes add up to hours and days and a quantile is wrong by 1 % at most. Least and most are exact.
type sketch struct {
	// Buckets holds time, in nanoseconds; bucket i is of edges in (gamma^(i-1), gamma^i] microseconds.
	Buckets map[int]time.Duration `json:"buckets,omitempty"`
	// Open is time in which no edge could be proven: above every number.
	Open  time.Duration  `json:"open,omitempty"`
	Least *time.Duration `json:"least,omitempty"`
	Most  *time.Duration `json:"most,omitempty"`
}

const gamma = 1.02

func bucketOf(edge time.Duration) int {
	return int(math.Ceil(math.Log(max(float64(edge)/1e3, 1)) / math.Log(gamma)))
}

// edgeOf is the value that stands for a bucket: its middle in the relative sense.
func edgeOf(bucket int) time.Duration {
	return time.Duration(2 * math.Pow(gamma, float64(bucket)) / (gamma + 1) * 1e3)
}

// add counts d of time with an upper edge.
func (s *sketch) add(edge, d time.Duration) {
	if s.Buckets == nil {
		s.Buckets = map[int]time.Duration{}
	}
	s.Buckets[bucketOf(edge)] += d
	if s.Least == nil || edge < *s.Least {
		s.Least = &edge
	}
	if s.Most == nil || edge > *s.Most {
		s.Most = &edge
	}
}

// quantile is the edge below which the exposure was in the share q of the time; false if that much time has no edge.
func (s *sketch) quantile(q float64) (time.Duration, bool) {
	var total time.Duration
	for _, d := range s.Buckets {
		total += d
	}
	rank := time.Duration(q * float64(total+s.Open))
	if total == 0 || rank > total {
		return 0, false
	}
	var sum time.Duration
	for _, i := range slices.Sorted(maps.Keys(s.Buckets)) {
		sum += s.Buckets[i]
		if sum >= rank {
			return min(max(edgeOf(i), *s.Least), *s.Most), true
		}
	}
	return *s.Most, true
}
