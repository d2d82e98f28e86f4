package exporter_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
)

func TestTimeout(t *testing.T) {
	t.Parallel()
	d := exporter.Deadlines{Offset: 250 * time.Millisecond, Max: 30 * time.Second}
	f := func(header string, want time.Duration) {
		t.Helper()
		h := http.Header{}
		if header != "" {
			h.Set("X-Prometheus-Scrape-Timeout-Seconds", header)
		}
		got, err := d.Timeout(h)
		if err != nil || got != want {
			t.Errorf("header %q: want %s, got %s, %v", header, want, got, err)
		}
	}
	f("", 30*time.Second)
	f("10", 9750*time.Millisecond)
	f("10.000000", 9750*time.Millisecond)
	f("2", 1750*time.Millisecond)
	f("0.3", 150*time.Millisecond) // the offset is at most half
	f("30.25", 30*time.Second)
	f("45", 30*time.Second)
	f("1e300", 30*time.Second)
	f("+Inf", 30*time.Second)
	f("1e-12", 0)
}

func TestTimeoutRefusesWhatIsNoTime(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"ten", "0", "-1", "NaN", "-Inf", "10s"} {
		h := http.Header{"X-Prometheus-Scrape-Timeout-Seconds": {v}}
		want := `header X-Prometheus-Scrape-Timeout-Seconds: "` + v + `" is not a number of seconds above 0`
		if _, err := (exporter.Deadlines{Max: time.Second}).Timeout(h); err == nil || err.Error() != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
