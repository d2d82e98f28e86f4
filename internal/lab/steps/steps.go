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

// rewind goes back to the start of the line and clears it (ECMA-48, EL).
const rewind = "\r\x1b[K"

// Reporter writes one line for each step, and one for each beat of a step that takes longer; on a terminal the beats share a line.
type Reporter struct {
	now      func() time.Time
	terminal bool

	mu   sync.Mutex // guards what follows
	w    io.Writer
	open bool // the last line has no end yet
}

// New is a reporter that writes to w, which is a terminal or not. Now is the clock, time.Now outside of tests.
func New(w io.Writer, terminal bool, now func() time.Time) *Reporter {
	return &Reporter{w: w, terminal: terminal, now: now}
}

// Note writes a line of its own.
func (r *Reporter) Note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.line(fmt.Sprintf(format, args...))
}

// Do runs one step. The work may say what it is at, as often as it likes; only what is said at a beat is shown. Steps are not nested.
func (r *Reporter) Do(title string, work func(detail func(string)) error) error {
	s := &step{title: title, start: r.now()}
	r.begin(title)
	stop := make(chan struct{})
	var beats sync.WaitGroup
	beats.Go(func() { r.beats(s, stop) })
	err := work(s.say)
	close(stop)
	beats.Wait()
	took := r.now().Sub(s.start).Round(100 * time.Millisecond)
	if err != nil {
		r.end(title, fmt.Sprintf("failed after %v", took))
		return err
	}
	r.end(title, took.String())
	return nil
}

// step is what a running step last said.
type step struct {
	title  string
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
			r.beat(s.title, fmt.Sprintf("%s (%v)", s.said(), r.now().Sub(s.start).Round(time.Second)))
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

// beat shows what a step is at.
func (r *Reporter) beat(title, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.terminal {
		fmt.Fprintf(r.w, "%s-- %s: %s", rewind, title, text)
		return
	}
	r.line("   " + text)
}

// end completes a step's line, or adds one if there were others since.
func (r *Reporter) end(title, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.open && r.terminal:
		fmt.Fprintf(r.w, "%s-- %s %s\n", rewind, title, text)
	case r.open:
		fmt.Fprintln(r.w, text)
	default:
		fmt.Fprintf(r.w, "   %s\n", text)
	}
	r.open = false
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
