package rules

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/spec"
)

// TestWaitsComeFromTheSpec makes every time in the spec longer that says how long a fault must last, and wants every alert with a "for" to wait
// longer: a time that is a constant of this package can neither be seen in the spec nor changed there.
func TestWaitsComeFromTheSpec(t *testing.T) {
	t.Parallel()
	waits := func(out *Output) map[string]string {
		found := make(map[string]string)
		for _, a := range out.Alerts {
			for _, r := range a.Rules {
				// That nothing comes is told by the traffic that is expected.
				if r.For != "" && !strings.HasSuffix(a.Name, "Idle") {
					found[a.Name+" "+r.Labels["severity"]+" "+r.Labels["cause"]+" "+r.Labels["slo"]] = r.For
				}
			}
		}
		return found
	}
	longer := waits(buildSpec(t, func(s *spec.Spec) {
		for _, part := range []any{&s.Alerts, &s.Recovery, &s.Delivery} {
			lengthen(reflect.ValueOf(part).Elem(), false)
		}
	}))
	usual := waits(buildSpec(t))
	if len(usual) < 100 {
		t.Fatalf("only %d alerts wait", len(usual))
	}
	for rule, wait := range usual {
		if longer[rule] == wait || longer[rule] == "" {
			t.Errorf("%s waits %s, whatever the spec says", rule, wait)
		}
	}
}

// lengthen adds a minute to every time below a value that says how long something must last.
func lengthen(v reflect.Value, lasts bool) {
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		if lasts {
			v.SetInt(v.Int() + int64(time.Minute))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Field(i).CanSet() {
				lengthen(v.Field(i), lasts || strings.HasSuffix(name, "For") || strings.HasSuffix(name, "Within") || name == "StuckAfter")
			}
		}
	}
}
