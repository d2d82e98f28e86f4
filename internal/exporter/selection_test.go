package exporter_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
)

func TestSelection(t *testing.T) {
	t.Parallel()
	f := func(query string, want ...string) {
		t.Helper()
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		s, err := exporter.ParseSelection(q, fakeCollectors(), []string{"a", "b"})
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		target := &exporter.Target{Check: answers, Scrapers: []exporter.Scraper{reads("a", fakeA), reads("b", fakeB)}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if diff := cmp.Diff(want, look(observer(t, target, nil).Observe(ctx, s).Families()).Read); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
	f("", "a", "b")
	f("name[]=x", "a", "b")
	f("collect[]=b", "b")
	f("collect[]=b&collect[]=a&collect[]=b", "a", "b")
	f("exclude[]=b", "a")
	f("exclude[]=a&exclude[]=b")
}

func TestSelectionErrors(t *testing.T) {
	t.Parallel()
	f := func(query, want string) {
		t.Helper()
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exporter.ParseSelection(q, fakeCollectors(), []string{"a", "b"}); err == nil || err.Error() != want {
			t.Errorf("%s: want %q, got %v", query, want, err)
		}
	}
	f("collect[]=d", `collector "d" does not exist: choose from a, b`)
	f("exclude[]=", `collector "" does not exist: choose from a, b`)
	f("collect[]=a&collect[]=c", `collector "c" is switched off here: choose from a, b`)
	f("collect[]=a&exclude[]=b", "collect[] and exclude[] exclude each other: use one of them")
}
