// Package steps tells a person what a long job is doing, so that nothing is silent for more than three seconds. It refuses to draw
// bars and to guess how long the rest will take.
package steps

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// beat is the longest silence: a step that says nothing for so long is reported as still going.
const beat = 2 * time.Second

// Reporter writes one line for each step, and one for each beat of a step that takes longer.
type Reporter struct {
	now func() time.Time

	mu   sync.Mutex // guards what follows
	w    io.Writer
	open bool // the last line has no end yet
}

// New is a reporter that writes to w. Now is the clock, time.Now outside of tests.
func New(w io.Writer, now func() time.Time) *Reporter {
	return &Reporter{w: w, now: now}
}

// Note writes a line of its own.
func (r *Reporter) Note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.line(fmt.Sprintf(format, args...))
}

// Do runs one step. The work may say what it is at, as often as it likes; only what is said at a beat is shown. Steps are not nested.
func (r *Reporter) Do(title string, work func(detail func(string)) error) error {
	s := &step{start: r.now()}
	r.begin(title)
	stop := make(chan struct{})
	var beats sync.WaitGroup
	beats.Go(func() { r.beats(s, stop) })
	err := work(s.say)
	close(stop)
	beats.Wait()
	took := r.now().Sub(s.start).Round(100 * time.Millisecond)
	if err != nil {
		r.end(fmt.Sprintf("failed after %v", took))
		return err
	}
	r.end(took.String())
	return nil
}

// step is what a running step last said.
type step struct {
	start  time.Time
	mu     sync.Mutex
	detail string
}

func (s *step) say(detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.detail = detail
}

func (s *step) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.detail == "" {
		return "still working"
	}
	return s.detail
}

// beats reports the step each time it has been silent for a beat.
func (r *Reporter) beats(s *step, stop <-chan struct{}) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			r.mu.Lock()
			r.line(fmt.Sprintf("   %s (%v)", s.said(), r.now().Sub(s.start).Round(time.Second)))
			r.mu.Unlock()
		}
	}
}

// begin writes a title and leaves its line open for the time it took.
func (r *Reporter) begin(title string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closeLine()
	fmt.Fprintf(r.w, "-- %s ", title)
	r.open = true
}

func (r *Reporter) end(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open {
		fmt.Fprintln(r.w, text)
		r.open = false
		return
	}
	fmt.Fprintf(r.w, "   %s\n", text)
}

// line and closeLine are called with the lock held.
func (r *Reporter) line(text string) {
	r.closeLine()
	fmt.Fprintln(r.w, text)
}

func (r *Reporter) closeLine() {
	if r.open {
		fmt.Fprintln(r.w)
		r.open = false
	}
}
