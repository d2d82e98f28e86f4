package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
)

// logLines are level and message of what was logged, with the failures.
func logLines(logs *bytes.Buffer) []string {
	var out []string
	for line := range strings.Lines(logs.String()) {
		_, line, _ = strings.Cut(line, "level=")
		line, _, _ = strings.Cut(line, " stack=")
		out = append(out, strings.TrimSpace(strings.ReplaceAll(line, "target=kamailio-1 ", "")))
	}
	logs.Reset()
	return out
}

func TestAFailureIsLoggedOnceUntilItChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var logs bytes.Buffer
		var checkErr, aErr, cErr error
		fails := func(name string, err *error) exporter.Scraper {
			return scraper{name, func(context.Context, *emit.Batch) error { return *err }}
		}
		o := observer(t, &exporter.Target{
			Name: "kamailio-1", Check: func(context.Context) error { return checkErr },
			Scrapers: []exporter.Scraper{fails("a", &aErr), fails("c", &cErr)},
		}, &logs)
		f := func(want ...string) {
			t.Helper()
			observe(t, o, time.Minute)
			synctest.Wait()
			if diff := cmp.Diff(want, logLines(&logs)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		f()
		cErr = exporter.Failed("fault", errors.New("dlg.stats_active: 500"))
		f(`WARN msg="scrape failed" failed="c=fault" err="dlg.stats_active: 500"`)
		f(`DEBUG msg="scrape failed as before" failed="c=fault" err="dlg.stats_active: 500"`)
		aErr = exporter.Failed("decode", errors.New("core.psa: garbage"))
		f(`WARN msg="scrape failed" failed="a=decode,c=fault" err="core.psa: garbage; dlg.stats_active: 500"`)
		checkErr = errors.New("refused")
		f(`WARN msg="scrape failed" failed="target=transport" err=refused`)
		f(`DEBUG msg="scrape failed as before" failed="target=transport" err=refused`)
		checkErr, aErr, cErr = nil, exporter.Empty(errors.New("nothing")), nil
		f(`INFO msg="scrape works again" target=kamailio-1`)
		f()
	})
}

func TestAPanicIsLoggedWithItsStackOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var logs bytes.Buffer
		boo := scraper{"c", func(context.Context, *emit.Batch) error { panic("boo") }}
		o := observer(t, &exporter.Target{Name: "kamailio-1", Check: answers, Scrapers: []exporter.Scraper{boo}}, &logs)
		observe(t, o, time.Minute)
		synctest.Wait()
		if !strings.Contains(logs.String(), "failurelog_test.go") {
			t.Errorf("want a stack that names this file, got %s", &logs)
		}
		want := []string{
			`ERROR msg="panic in a collector" collector=c panic=boo`,
			`WARN msg="scrape failed" failed="c=decode" err="panic: boo"`,
		}
		if diff := cmp.Diff(want, logLines(&logs)); diff != "" {
			t.Errorf("first (-want +got):\n%s", diff)
		}
		observe(t, o, time.Minute)
		synctest.Wait()
		want = []string{
			`DEBUG msg="panic in a collector" collector=c panic=boo`,
			`DEBUG msg="scrape failed as before" failed="c=decode" err="panic: boo"`,
		}
		if diff := cmp.Diff(want, logLines(&logs)); diff != "" {
			t.Errorf("second (-want +got):\n%s", diff)
		}
	})
}
