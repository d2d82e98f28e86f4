//go:build integration

package integration

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/exporter/rtpengine"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ng"
)

func rtpengineSuite() exportertest.Suite {
	return exportertest.Suite{Families: metric.RTPEngine(), Kit: metric.RTPEngineKit}
}

// rtpengineTarget is the exporter's view of a relay.
func rtpengineTarget(t testing.TB, address ng.Address, change func(*rtpengine.Options)) *exporter.Target {
	t.Helper()
	o := rtpengine.Options{Address: address.String(), Now: time.Now, QualityCalls: rtpengine.MaxQualityCalls, QualityInterval: 1, Shuffle: func(int, func(i, j int)) {}}
	for _, c := range rtpengine.Collectors() {
		o.Collectors = append(o.Collectors, c.Name)
	}
	if change != nil {
		change(&o)
	}
	target, err := rtpengine.NewTarget(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = target.Close() })
	return target
}

// lines are those of an exposition, by what stands before the value.
func lines(text string) map[string]string {
	values := make(map[string]string)
	for line := range strings.Lines(text) {
		if i := strings.LastIndexByte(line, ' '); i > 0 && line[0] != '#' {
			values[line[:i]] = strings.TrimSpace(line[i+1:])
		}
	}
	return values
}

// expect compares some lines of an exposition.
func expect(t *testing.T, got exportertest.Scrape, want map[string]string) {
	t.Helper()
	all := lines(got.Text)
	some := make(map[string]string)
	for series := range want {
		some[series] = all[series]
	}
	if diff := cmp.Diff(want, some); diff != "" {
		t.Errorf("exposition (-want +got):\n%s", diff)
	}
}

// TestRTPEngine takes a real RTPEngine through its life: idle, exhausted, empty again.
func TestRTPEngine(t *testing.T) {
	t.Parallel()
	for _, suite := range rtpengines() {
		t.Run("suite "+suite, func(t *testing.T) {
			t.Parallel()
			r := startRTPEngine(t, suite, "--interface=pub/127.0.0.1", "--interface=priv/127.0.0.1", "--max-sessions=40")
			sip := newProxy(t, r)
			pool := fmt.Sprintf(`{address="127.0.0.1",port_max="%d",port_min="%d"}`, r.PortMin+mediaPorts-1, r.PortMin)

			idle := rtpengineSuite().Scrape(t, rtpengineTarget(t, r.http, nil))
			rtpengineSuite().Check(t, idle)
			expect(t, idle, map[string]string{
				"rtpengine_up":                          "1",
				"rtpengine_sessions_limit":              "40",
				"rtpengine_port_pool_ports" + pool:      "100",
				"rtpengine_port_pool_used_ports" + pool: "0",
				"rtpengine_port_pool_free_pairs" + pool: "50",
				"rtpengine_process_open_fds":            fmt.Sprint(descriptors(t, r)),
				`rtpengine_interface_info{address="127.0.0.1",interface="pub",port_max="` + fmt.Sprint(r.PortMin+99) + `",port_min="` + fmt.Sprint(r.PortMin) + `"}`: "1",
			})
			if strings.Contains(idle.Text, "rtpengine_reported_mos") {
				t.Error("quality without a sample")
			}

			var up []string
			failed := 0
			for i := range 60 {
				id := fmt.Sprintf("plain-%d", i)
				if _, err := sip.do("offer", "call-id", id, "from-tag", "a", "sdp", sdp(20000)); err != nil {
					failed++
					continue
				}
				sip.must("answer", "call-id", id, "from-tag", "a", "to-tag", "b", "sdp", sdp(20002))
				up = append(up, id)
			}
			full := rtpengineSuite().Scrape(t, rtpengineTarget(t, r.http, nil))
			rtpengineSuite().Check(t, full)
			expect(t, full, map[string]string{
				"rtpengine_sessions_failed_total":                                     fmt.Sprint(failed),
				"rtpengine_sessions_rejected_total":                                   "0", // as RTPEngine sees it
				`rtpengine_sessions{type="own"}`:                                      fmt.Sprint(len(up)),
				`rtpengine_control_requests_total{command="offer",proxy="127.0.0.1"}`: "60",
				`rtpengine_control_errors_total{proxy="127.0.0.1"}`:                   fmt.Sprint(failed),
				"rtpengine_port_pool_ports" + pool:                                    "100", // and not once for each interface
			})
			// A port or two can be left that make no pairs (10.5), or were taken by another program.
			if free := lines(full.Text)["rtpengine_port_pool_free_pairs"+pool]; len(up) < 24 || failed < 35 || (free != "0" && free != "1" && free != "2") {
				t.Errorf("%d calls of 60, %s pairs left", len(up), free)
			}
			if strings.Contains(full.Text, `proxy="127.0.97.42"`) {
				t.Error("the exporter counts itself")
			}

			for _, id := range up {
				sip.must("delete", "call-id", id, "from-tag", "a")
			}
			ended := eventually(t, func() exportertest.Scrape { return rtpengineSuite().Scrape(t, rtpengineTarget(t, r.udp, nil)) },
				"rtpengine_port_pool_used_ports"+pool, "0")
			expect(t, ended, map[string]string{
				`rtpengine_sessions_ended_total{reason="regular"}`: fmt.Sprint(len(up)),
				"rtpengine_call_duration_seconds_count":            fmt.Sprint(len(up)),
				"rtpengine_sessions_failed_total":                  fmt.Sprint(failed),
			})
		})
	}
}

// descriptors counts those of the daemon.
func descriptors(t *testing.T, r relay) int {
	t.Helper()
	return len(listDir(t, fmt.Sprintf("/proc/%d/fd", r.Process.Pid())))
}

// eventually scrapes until a series has a value: RTPEngine lets ports go on a thread of its own.
func eventually(t *testing.T, scrape func() exportertest.Scrape, series, value string) exportertest.Scrape {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		got := scrape()
		if lines(got.Text)[series] == value {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: want %s, got %s", series, value, lines(got.Text)[series])
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestRTPEngineFormatsAgree scrapes one daemon over every transport and in both formats: nothing may differ but what moves.
func TestRTPEngineFormatsAgree(t *testing.T) {
	t.Parallel()
	for _, suite := range rtpengines() {
		t.Run("suite "+suite, func(t *testing.T) {
			t.Parallel()
			r := startRTPEngine(t, suite)
			sip := newProxy(t, r)
			sip.setUp(1).talk(report{jitter: 80, loss: 13})
			sip.setUp(2).talk(report{jitter: 160, loss: 0})
			steady := func(address ng.Address, format string) map[string]string {
				got := rtpengineSuite().Scrape(t, rtpengineTarget(t, address, func(o *rtpengine.Options) { o.Format = format }))
				rtpengineSuite().Check(t, got)
				values := lines(got.Text)
				for series := range values {
					for _, moving := range []string{"rtpengine_ping_", "rtpengine_start_time", "rtpengine_poller_", "rtpengine_media_streams", "rtpengine_process_", "rtpengine_exporter_"} {
						if strings.HasPrefix(series, moving) {
							delete(values, series)
						}
					}
				}
				return values
			}
			want := steady(r.http, "json")
			if diff := cmp.Diff(want, steady(r.http, "bencode")); diff != "" {
				t.Errorf("http in bencode (-json +bencode):\n%s", diff)
			}
			for series := range want { // what only the command line over HTTP tells before 26.0
				if strings.HasSuffix(series, "_limit") || strings.HasPrefix(series, "rtpengine_sessions_by_") {
					delete(want, series)
				}
			}
			for format, address := range map[string]ng.Address{"json": r.udp, "bencode": r.udp, "auto": r.tcp} {
				got := steady(address, format)
				for series := range got {
					if _, ok := want[series]; !ok {
						delete(got, series)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s in %s (-http +this):\n%s", address.Network, format, diff)
				}
			}
		})
	}
}

// TestRTPEngineQuality has parties report known values: they come out in the right place and unit.
func TestRTPEngineQuality(t *testing.T) {
	t.Parallel()
	for _, suite := range rtpengines() {
		t.Run("suite "+suite, func(t *testing.T) {
			t.Parallel()
			r := startRTPEngine(t, suite)
			sip := newProxy(t, r)
			sip.setUp(1).talk(report{jitter: 200, loss: 26}) // 25 ms, 10.2 %
			sip.setUp(2)                                     // no media
			target := rtpengineTarget(t, r.udp, nil)
			got := rtpengineSuite().Scrape(t, target)
			rtpengineSuite().Check(t, got)
			expect(t, got, map[string]string{
				`rtpengine_quality_sampled_calls_total{result="measured"}`:   "1",
				`rtpengine_quality_sampled_calls_total{result="unreported"}`: "1",
				"rtpengine_stream_jitter_seconds_count":                      "2", // both ends reported
				"rtpengine_stream_jitter_seconds_sum":                        "0.05",
				"rtpengine_stream_packet_loss_ratio_sum":                     "0.2",
				`rtpengine_stream_packet_loss_ratio_bucket{le="0.05"}`:       "0",
				`rtpengine_stream_packet_loss_ratio_bucket{le="0.1"}`:        "2",
				"rtpengine_stream_mos_count":                                 "2",
				`rtpengine_stream_mos_bucket{le="4"}`:                        "2", // a tenth lost is heard
				`rtpengine_stream_round_trip_seconds_bucket{le="0.02"}`:      "0", // twice 20 ms
				`rtpengine_stream_round_trip_seconds_bucket{le="0.2"}`:       "2",
			})
			again := rtpengineSuite().Scrape(t, target)
			expect(t, again, map[string]string{ // nothing new was reported
				`rtpengine_quality_sampled_calls_total{result="unreported"}`: "3",
				"rtpengine_stream_mos_count":                                 "2",
			})
		})
	}
}

// TestRTPEngineHangs stops a daemon in its tracks: three scrapes at once with two seconds each all end in time, and say so.
func TestRTPEngineHangs(t *testing.T) {
	t.Parallel()
	r := startRTPEngine(t, "")
	if err := r.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for _, address := range []ng.Address{r.udp, r.tcp, r.http} {
		target := rtpengineTarget(t, address, nil)
		observer, err := exporter.NewObserver(target, exporter.Observing{
			Set: emit.NewSet(metric.RTPEngine()), Kit: metric.RTPEngineKit, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		ends := make(chan []*dto.MetricFamily, 3)
		start := time.Now()
		for range cap(ends) {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), 1750*time.Millisecond) // a header of 2 s, less the way
				defer cancel()
				ends <- observer.Observe(ctx, nil).Families()
			}()
		}
		for range cap(ends) {
			families := <-ends
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("%s: a scrape took %v", address.Network, took)
			}
			if name := families[len(families)-1].GetName(); name != metric.RTPEngineKit.Up.Name || families[len(families)-1].Metric[0].GetGauge().GetValue() != 0 {
				t.Errorf("%s: want up to be 0, got %s", address.Network, name)
			}
		}
	}
}
