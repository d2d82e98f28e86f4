//go:build integration

package integration

import (
	"testing"

	"github.com/voipbin/observability/internal/lab"
)

// TestWholeCallsAreCountedExactly compares, to the call, what SIPp and the prober saw of calls through Kamailio and RTPEngine to Asterisk
// with what the exporters of both tell; then takes the media relay away, which the prober must see while the proxy goes on to answer, and
// gives it back.
func TestWholeCallsAreCountedExactly(t *testing.T) {
	t.Parallel()
	l := start(t, func(o *lab.Options) { o.Media = true })
	if err := l.Check(t.Context(), t.Output(), lab.BoundedMediaMix()); err != nil {
		t.Fatal(err)
	}
	awaitGrade(t, l, 4)
	for _, name := range []string{"rtpengine-down", "asterisk-down"} {
		if err := l.Break(t.Context(), name, false); err != nil {
			t.Fatal(err)
		}
		awaitGrade(t, l, 3) // the proxy answers OPTIONS and registers, and no call has audio
		if err := l.Break(t.Context(), name, true); err != nil {
			t.Fatal(err)
		}
		awaitGrade(t, l, 4)
	}
}

// awaitGrade waits until the prober's best grade is what it has to be.
func awaitGrade(t *testing.T, l *lab.Lab, want float64) {
	t.Helper()
	await(t, "grade of the probe", func() (any, bool) {
		got, err := l.Summary(t.Context())
		if err != nil {
			return err, false
		}
		return [2]float64{want, got.Media.Grade}, got.Media.Grade == want
	})
}
