package rtpengine

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/protocol/bencode"
)

// holds checks that an exposition has these lines, and none that starts with one of those.
func holds(t *testing.T, got exportertest.Scrape, want []string, never ...string) {
	t.Helper()
	for _, line := range want {
		if !strings.Contains("\n"+got.Text, "\n"+line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	for _, prefix := range never {
		if strings.Contains("\n"+got.Text, "\n"+prefix) {
			t.Errorf("must not be there: %s", prefix)
		}
	}
}

// series is how many series a family has.
func series(got exportertest.Scrape, family string) int {
	return strings.Count(got.Text, "\n"+family+"{") + strings.Count(got.Text, "\n"+family+" ")
}

func TestLargeCounters(t *testing.T) {
	t.Parallel()
	stats := within(statisticsOf(t, "26.0.1", "calls"), "totalstatistics", map[string]bencode.Value{
		"relayedpackets_user":   digits(t, "2147483648"),
		"relayedpackets_kernel": digits(t, "4294967297"),
		"relayedbytes_user":     digits(t, "9007199254740993"), // 2^53+1: the nearest double is one less
		"relayedbytes_kernel":   digits(t, "18446744073709551615"),
		"onewaystreams":         digits(t, "-3"),
	})
	got := suite().Scrape(t, observed(t, withStatistics(t, stats), "relay", "sessions"))
	holds(t, got, []string{
		`rtpengine_relayed_packets_total{path="userspace"} 2.147483648e+09`,
		`rtpengine_relayed_packets_total{path="kernel"} 4.294967297e+09`,
		`rtpengine_relayed_bytes_total{path="userspace"} 9.007199254740992e+15`,
		`rtpengine_relayed_bytes_total{path="kernel"} 1.8446744073709552e+19`,
	}, "rtpengine_one_way_sessions_total")
	if got.Dropped[[2]string{"sessions", "invalid"}] != 1 {
		t.Errorf("want a counter below zero counted as invalid, got %v", got.Dropped)
	}
	suite().Check(t, got)
}

// TestUnderflow: a level that was counted down below zero shows as a number near 2^64, or below zero.
func TestUnderflow(t *testing.T) {
	t.Parallel()
	stats := within(statisticsOf(t, "26.0.1", "calls"), "currentstatistics", map[string]bencode.Value{
		"sessionsown":     digits(t, "18446744073709551605"),
		"sessionsforeign": digits(t, "-1"),
		"transcodedmedia": bencode.StringOf("-nan"),
		"mediacache":      bencode.StringOf("inf"),
		"playercache":     bencode.StringOf("7"), // a string where a number was
	})
	got := suite().Scrape(t, observed(t, withStatistics(t, stats), "sessions"))
	holds(t, got, []string{"rtpengine_player_cache_entries 7"},
		"rtpengine_sessions{", "rtpengine_transcoded_media", "rtpengine_media_cache_entries")
	if got.Dropped[[2]string{"sessions", "invalid"}] != 2 {
		t.Errorf("want both levels counted as invalid, got %v", got.Dropped)
	}
	suite().Check(t, got)
}

func TestNumeric(t *testing.T) {
	t.Parallel()
	f := func(v bencode.Value, want float64, ok bool) {
		t.Helper()
		got, known := numeric(v)
		if known != ok || (ok && got != want) {
			t.Errorf("%q: want %v %v, got %v %v", v.Text(), want, ok, got, known)
		}
	}
	f(bencode.IntOf(-7), -7, true)
	f(digits(t, "18446744073709551615"), math.MaxUint64, true)
	f(bencode.StringOf("467"), 467, true)
	f(bencode.StringOf("0.103902"), 0.103902, true)
	f(bencode.StringOf("1e3"), 1000, true)
	for _, text := range []string{"", "nan", "-nan", "inf", "-inf", "N/A", "1 s", "null"} {
		f(bencode.StringOf(text), 0, false)
	}
	f(bencode.ListOf(), 0, false)
	f(bencode.DictOf(), 0, false)
	f(bencode.Value{}, 0, false)
}

// TestNoSamplesIsNoQuality: MOS without samples is absent, neither 0 nor 5 (10.5 writes zeros, and -nan elsewhere).
func TestNoSamplesIsNoQuality(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		got := suite().Scrape(t, observed(t, recorded(t, "udp", version, "idle")))
		holds(t, got, []string{"rtpengine_up 1"}, "rtpengine_reported_", "rtpengine_interface_reported_", "rtpengine_stream_", "rtpengine_measured_")
	}
}

// TestSumsNotAverages: 12.5 and 26.0 cut the averages beside the sums to whole numbers.
func TestSumsNotAverages(t *testing.T) {
	t.Parallel()
	stats := within(statisticsOf(t, "26.0.1", "calls"), "mos", map[string]bencode.Value{
		"mos_total": bencode.StringOf("84.900000"), "mos_samples_total": bencode.IntOf(25), "mos_average": bencode.StringOf("3.300000"),
	})
	holds(t, suite().Scrape(t, observed(t, withStatistics(t, stats), "reports")),
		[]string{"rtpengine_reported_mos_sum 84.9", "rtpengine_reported_mos_count 25"})
}

func TestImpossibleSums(t *testing.T) {
	t.Parallel()
	stats := within(statisticsOf(t, "26.0.1", "calls"), "mos", map[string]bencode.Value{
		"mos_total": bencode.StringOf("-1"), "mos_samples_total": bencode.IntOf(25),
	})
	got := suite().Scrape(t, observed(t, withStatistics(t, stats), "reports"))
	holds(t, got, nil, "rtpengine_reported_mos")
	if got.Dropped[[2]string{"reports", "invalid"}] != 1 {
		t.Errorf("want the sum counted as invalid, got %v", got.Dropped)
	}
}

func TestMeasuredJitter(t *testing.T) {
	t.Parallel()
	stats := within(statisticsOf(t, "12.5.1", "calls"), "voip_metrics", map[string]bencode.Value{
		"jitter_measured_total": bencode.StringOf("150.500000"), "jitter_measured_samples_total": bencode.IntOf(12),
		"jitter_measured2_total": bencode.StringOf("2500.000000"),
	})
	got := suite().Scrape(t, observed(t, withStatistics(t, stats), "reports"))
	holds(t, got, []string{"rtpengine_measured_jitter_seconds_sum 0.1505", "rtpengine_measured_jitter_seconds_count 12", "rtpengine_measured_jitter_squares_total 0.0025"})
	suite().Check(t, got)
}

// TestDeviation: of the recorded reports the sums, squares and counts give the standard deviation that RTPEngine states beside them, which it
// cuts to a whole millisecond, percent or microsecond; the squares have the right unit.
func TestDeviation(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, recorded(t, "udp", "26.0.1", "calls"), "reports"))
	f := func(name, squares, labels string, least, most float64) {
		t.Helper()
		value := func(series string) float64 {
			_, rest, found := strings.Cut("\n"+got.Text, "\n"+series+labels+" ")
			text, _, _ := strings.Cut(rest, "\n")
			v, err := strconv.ParseFloat(text, 64)
			if !found || err != nil {
				t.Fatalf("%s%s: %v", series, labels, err)
			}
			return v
		}
		n, mean := value(name+"_count"), value(name+"_sum")/value(name+"_count")
		if d := math.Sqrt(value(squares)/n - mean*mean); d < least || d >= most {
			t.Errorf("%s%s: want a deviation of %v to %v, got %v", name, labels, least, most, d)
		}
	}
	f("rtpengine_reported_mos", "rtpengine_reported_mos_squares_total", "", 0.6, 0.7)
	f("rtpengine_reported_jitter_seconds", "rtpengine_reported_jitter_squares_total", "", 0.005, 0.006)
	f("rtpengine_reported_packet_loss_ratio", "rtpengine_reported_packet_loss_squares_total", "", 0.04, 0.05)
	f("rtpengine_reported_round_trip_seconds", "rtpengine_reported_round_trip_squares_total", `{scope="end_to_end"}`, 0.0157, 0.0159)
	f("rtpengine_reported_round_trip_seconds", "rtpengine_reported_round_trip_squares_total", `{scope="leg"}`, 0.0027, 0.0028)
}
