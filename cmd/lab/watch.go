package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/terminal"
)

// The pace of the live summary: a screen is redrawn, lines are added.
const (
	screenEvery = 2 * time.Second
	lineEvery   = 3 * time.Second
)

// clear moves to the top left corner and clears the screen (ECMA-48, CUP and ED).
const clearScreen = "\x1b[H\x1b[2J"

// watch shows the live summary until the user, a command or the time ends it. A daemon that ends by itself is an error.
func (u *upFlags) watch(ctx context.Context, c call, l *lab.Lab, control *lab.Control) error {
	if u.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, u.duration)
		defer cancel()
	}
	onScreen := screen(c.stdout)
	fmt.Fprintf(c.stdout, "\n%s\n", l.Places())
	pace := lineEvery
	if onScreen {
		pace = screenEvery
	}
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-control.Down():
			return nil
		case d := <-l.Run().Deaths():
			return d.Err
		case <-tick.C:
			if !u.quiet {
				show(ctx, c.stdout, l, onScreen)
			}
		}
	}
}

// show prints one summary.
func show(ctx context.Context, w io.Writer, l *lab.Lab, onScreen bool) {
	s, err := l.Summary(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		fmt.Fprintf(w, "%6v  %v\n", l.Age(), err)
	case onScreen:
		fmt.Fprintf(w, "%slaboratory up for %v; Ctrl-C stops it, \"bin/lab fault -h\" breaks it\n%s%s", clearScreen, l.Age(), l.Places(), s.Screen())
	default:
		fmt.Fprintf(w, "%6v  %s\n", l.Age(), s.Line())
	}
}

// screen tells whether w is redrawn rather than added to.
func screen(w io.Writer) bool { return terminal.Is(w) && os.Getenv("TERM") != "dumb" }
