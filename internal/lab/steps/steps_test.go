package steps

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReporter(t *testing.T) {
	t.Parallel()
	f := func(name string, terminal bool, use func(*Reporter), want string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			use(New(&out, terminal, time.Now))
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
	quick := func(func(string)) error { return nil }
	f("a quick step is one line", false, func(r *Reporter) {
		_ = r.Do("first", quick)
		r.Note("a note of %d", 1)
		_ = r.Do("second", quick)
	}, "-- first 0s\na note of 1\n-- second 0s\n")
	f("a slow step says every two seconds what it is at", false, func(r *Reporter) {
		_ = r.Do("slow", func(detail func(string)) error {
			time.Sleep(2500 * time.Millisecond)
			detail("half")
			time.Sleep(2 * time.Second)
			return nil
		})
	}, "-- slow \n   still working (2s)\n   half (4s)\n   4.5s\n")
	f("on a terminal it stays on its line", true, func(r *Reporter) {
		_ = r.Do("slow", func(detail func(string)) error {
			detail("half")
			time.Sleep(2500 * time.Millisecond)
			return nil
		})
		r.Note("next")
	}, "-- slow "+rewind+"-- slow: half (2s)"+rewind+"-- slow 2.5s\nnext\n")
	f("a failed step says so", false, func(r *Reporter) {
		_ = r.Do("bad", func(func(string)) error {
			time.Sleep(time.Second)
			return errors.New("broken")
		})
	}, "-- bad failed after 1s\n")
}

func TestDoReturnsTheError(t *testing.T) {
	t.Parallel()
	want := errors.New("broken")
	var out bytes.Buffer
	if got := New(&out, false, time.Now).Do("bad", func(func(string)) error { return want }); !errors.Is(got, want) {
		t.Errorf("want %v, got %v", want, got)
	}
}
