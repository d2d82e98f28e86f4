package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/lab/pkgtree"
)

// lasting is a job that takes a time unless it is ended before.
func lasting(title string, took time.Duration, err error) job {
	return job{title: title, do: func(ctx context.Context, detail func(string)) error {
		detail("working")
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(took):
			return err
		}
	}}
}

func TestBesideWhatIsDoneElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := begin(t.Context(), []job{lasting("a", time.Minute, nil), lasting("b", 2*time.Minute, nil), lasting("c", time.Minute, nil)})
		defer b.stop()
		time.Sleep(90 * time.Second) // a is done, c is being done
		if err := b.wait(func(string) {}, func(title string, err error) { t.Errorf("%s is missing: %v", title, err) }); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 2*time.Minute {
			t.Errorf("want the time of two at a time, got %v", took)
		}
	})
}

// TestBesideWithoutANetwork: what a test can do without is told, and the rest is obtained.
func TestBesideWithoutANetwork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := fmt.Errorf("mirror: %w", pkgtree.ErrNoNetwork)
		b := begin(t.Context(), []job{lasting("a", time.Second, away), lasting("b", time.Second, nil), lasting("c", time.Second, away)})
		defer b.stop()
		var missing []string
		err := b.wait(func(string) {}, func(title string, _ error) { missing = append(missing, title) })
		if slices.Sort(missing); err != nil || !slices.Equal(missing, []string{"a", "c"}) {
			t.Errorf("want a and c told and no error, got %q, %v", missing, err)
		}
	})
}

// TestBesideEndsWithTheFirstFailure: a full disk, or the want of what must be had, ends what else is being done.
func TestBesideEndsWithTheFirstFailure(t *testing.T) {
	t.Parallel()
	for name, failing := range map[string]job{
		"full disk": lasting("a", time.Second, pkgtree.ErrDiskFull),
		"a must":    {title: "a", must: true, do: lasting("a", time.Second, pkgtree.ErrNoNetwork).do},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				b := begin(t.Context(), []job{failing, lasting("b", time.Hour, nil), lasting("c", time.Hour, nil)})
				defer b.stop()
				err := b.wait(func(string) {}, func(title string, _ error) { t.Errorf("%s is told as missing", title) })
				if err == nil || errors.Is(err, context.Canceled) {
					t.Errorf("want the failure of a, got %v", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("want all ended with the first, got %v", took)
				}
			})
		})
	}
}

// TestBesideIsStopped: a setup that fails leaves nothing at work.
func TestBesideIsStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := begin(t.Context(), []job{lasting("a", time.Hour, nil), lasting("b", time.Hour, nil), lasting("c", time.Hour, nil)})
		synctest.Wait()
		b.stop()
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}
