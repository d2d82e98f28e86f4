package lint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/lint"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// TestSignals holds the repository's profiles to the catalogue, and shows what is said of one that is wrong.
func TestSignals(t *testing.T) {
	t.Parallel()
	catalogue := metric.NewCatalogue(metric.All())
	for _, profile := range []string{"seed", "monorepo", "compose-single-host"} {
		if problems := lint.Signals(repository(t, profile), catalogue); len(problems) > 0 {
			t.Errorf("%s:\n%v", profile, problems)
		}
	}
	base := repository(t, "monorepo")
	f := func(signal string, change func(*spec.Signal), want ...string) {
		t.Helper()
		s := altered(base, func(s *spec.Spec) {
			for i := range s.Profile.Signals {
				if s.Profile.Signals[i].Name == signal {
					change(&s.Profile.Signals[i])
				}
			}
		})
		var got []string
		for _, p := range lint.Signals(s, catalogue) {
			got = append(got, strings.TrimPrefix(p.Error(), p.Pos.String()+": "))
			if p.Warning || p.Pos.File != "spec/profiles/monorepo.yaml" {
				t.Errorf("want an error in the profile, got %+v", p)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", signal, diff)
		}
	}
	f("calls_ended", func(*spec.Signal) {})
	f("calls_ended", func(s *spec.Signal) { s.Metric = "call_manager_call_hangups_total" },
		`signal calls_ended of call-manager is call_manager_call_hangups_total, which is in no catalogue: did you mean "call_manager_call_hangup_total"?`)
	f("calls_ended", func(s *spec.Signal) { s.LabelNames = []string{"direction", "cause"} },
		`signal calls_ended: call_manager_call_hangup_total has no label "cause" for reason: it has: direction, type, reason`)
	f("queue_depth", func(s *spec.Signal) { s.Type = "counter" },
		`signal queue_depth: rabbitmq_detailed_queue_messages_ready is a gauge, and the signal a counter: the number of a histogram's observations is a counter: its name ends in _count`)
	single := func(change func(*spec.Signal)) func(*spec.Signal) {
		return func(s *spec.Signal) {
			s.Of = "call-manager"
			change(s)
		}
	}
	f("rpc_duration", single(func(s *spec.Signal) { s.Scale = 1 }), "signal rpc_duration: call_manager_request_process_time is in milliseconds: unit: milliseconds")
	f("rpc_duration", single(func(s *spec.Signal) { s.Bounds = []float64{50, 200} }),
		"signal rpc_duration: call_manager_request_process_time has no bucket bound 200: thresholds can stand only where a bucket ends")
	f("rpc_requests", single(func(s *spec.Signal) { s.Metric = "$namespace_request_process_time" }),
		`signal rpc_requests: call_manager_request_process_time is a histogram, and the signal a counter: the number of a histogram's observations is a counter: its name ends in _count`)
	f("active_calls", func(s *spec.Signal) { s.Metric = "voipbin:nothing:sum" }) // records are the rules' own
}
