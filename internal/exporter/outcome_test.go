package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	timeout := &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"nil", nil, "ok"},
		{"unmarked", cause, "transport"},
		{"refused", &net.OpError{Op: "dial", Err: errors.New("refused")}, "transport"},
		{"a context's deadline", fmt.Errorf("core.psa: %w", context.DeadlineExceeded), "timeout"},
		{"a cancelled context", context.Canceled, "timeout"},
		{"a socket's deadline", fmt.Errorf("read: %w", timeout), "timeout"},
		{"a network timeout", &net.DNSError{IsTimeout: true}, "timeout"},
		{"empty", exporter.Empty(cause), "empty"},
		{"absent", exporter.Absent(cause), "absent"},
		{"disabled", exporter.Disabled(cause), "disabled"},
		{"fault", exporter.Failed("fault", cause), "fault"},
		{"a failure with no such name", exporter.Failed("sorrow", cause), "transport"},
		{"a failure that calls itself healthy", exporter.Failed("ok", cause), "transport"},
		{"a mark counts more than its cause", exporter.Failed("decode", timeout), "decode"},
		{"the outer mark counts", exporter.Empty(exporter.Failed("fault", cause)), "empty"},
		{"a mark below text", fmt.Errorf("dlg: %w", exporter.Absent(nil)), "absent"},
		{"joined: a failure counts more", errors.Join(exporter.Empty(nil), exporter.Failed("fault", nil)), "fault"},
		{"joined: the first failure counts", errors.Join(timeout, exporter.Failed("fault", nil)), "timeout"},
		{"joined: all healthy", errors.Join(exporter.Absent(nil), exporter.Empty(nil)), "absent"},
		{"joined below text", fmt.Errorf("x: %w", errors.Join(exporter.Empty(nil), cause)), "transport"},
		{"joined below a mark", exporter.Disabled(errors.Join(cause, cause)), "disabled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := exporter.OutcomeOf(tt.err); got != tt.want {
				t.Errorf("want %s, got %s", tt.want, got)
			}
		})
	}
}

func TestMarksKeepTheirCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, err := range []error{exporter.Empty(cause), exporter.Absent(cause), exporter.Disabled(cause), exporter.Failed("fault", cause)} {
		if !errors.Is(err, cause) || err.Error() != "cause" {
			t.Errorf("want an error that is %q, got %q", cause, err)
		}
	}
	if got := exporter.Absent(nil).Error(); got != "absent" {
		t.Errorf("without a cause: want %q, got %q", "absent", got)
	}
}

// The catalogue lists the outcomes for the state-set, the kit has names for them: they must be the same.
func TestOutcomesAreThoseOfTheCatalogue(t *testing.T) {
	t.Parallel()
	want := []string{
		exporter.OutcomeOK, exporter.OutcomeEmpty, exporter.OutcomeAbsent, exporter.OutcomeDisabled,
		exporter.OutcomeTimeout, exporter.OutcomeTransport, exporter.OutcomeFault, exporter.OutcomeDecode,
	}
	if diff := cmp.Diff(want, metric.Outcomes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var healthy []string
	for _, o := range metric.Outcomes() {
		if exporter.Healthy(o) {
			healthy = append(healthy, o)
		}
	}
	if diff := cmp.Diff([]string{"ok", "empty", "absent", "disabled"}, healthy); diff != "" {
		t.Errorf("healthy (-want +got):\n%s", diff)
	}
}
