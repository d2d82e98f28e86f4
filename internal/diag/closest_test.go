package diag_test

import (
	"testing"

	"github.com/voipbin/observability/internal/diag"
)

func TestClosest(t *testing.T) {
	t.Parallel()
	keys := []string{"scrape_interval", "retention", "regions", "name", "for"}
	f := func(word, want string) {
		t.Helper()
		if got := diag.Closest(word, keys); want != got {
			t.Errorf("%q: want %q, got %q", word, want, got)
		}
	}
	f("scrape_intervall", "scrape_interval")
	f("scrapeinterval", "scrape_interval")
	f("scrpae_interval", "scrape_interval") // two neighbours swapped are one edit
	f("retentoin", "retention")
	f("region", "regions")
	f("naem", "name")
	f("fro", "for")
	f("retention", "retention")
	f("targets", "")
	f("x", "")
	f("", "")
	f("größe", "")
}

func TestClosestTakesTheFirstOfEquals(t *testing.T) {
	t.Parallel()
	if want, got := "warn", diag.Closest("darn", []string{"warn", "barn"}); want != got {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	if want, got := `did you mean "page"?`, diag.DidYouMean("pgae", []string{"ticket", "page"}); want != got {
		t.Errorf("want %q, got %q", want, got)
	}
	if got := diag.DidYouMean("nothing", []string{"ticket", "page"}); got != "" {
		t.Errorf("want no hint, got %q", got)
	}
}
