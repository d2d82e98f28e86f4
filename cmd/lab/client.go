package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/voipbin/observability/internal/lab"
)

// running are the flags that choose a running laboratory.
type running struct {
	dir string
	run int
}

func (r *running) flags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&r.dir, "dir", ".lab", "`folder` of the laboratories")
	flags.IntVar(&r.run, "run", 0, "`number` of the run; 0 takes the first that is running")
	return flags
}

// send sends a command and prints the answer.
func (r *running) send(ctx context.Context, c call, method, path string) error {
	text, err := lab.Command(ctx, r.dir, r.run, method, path)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(c.stdout, text)
	return err
}

func status(ctx context.Context, c call) error {
	var r running
	if err := c.parse(r.flags("status")); err != nil {
		return err
	}
	return r.send(ctx, c, http.MethodGet, "/status")
}

func where(ctx context.Context, c call) error {
	var r running
	flags := r.flags("where")
	if err := c.parse(flags, "NAME"); err != nil {
		return err
	}
	return r.send(ctx, c, http.MethodGet, "/where/"+url.PathEscape(flags.Arg(0)))
}

func down(ctx context.Context, c call) error {
	var r running
	if err := c.parse(r.flags("down")); err != nil {
		return err
	}
	return r.send(ctx, c, http.MethodPost, "/down")
}

func load(ctx context.Context, c call) error {
	var r running
	flags := r.flags("load")
	user := flags.String("user", lab.UserAnswer, "`user` who is called; the name decides how the call ends")
	rate := flags.Float64("rate", 5, "`calls` per second")
	calls := flags.Int("calls", 0, "`number` of calls; 0 is without end")
	hold := flags.Duration("hold", time.Second, "how long an answered call lasts")
	if err := c.parse(flags); err != nil {
		return err
	}
	q := url.Values{
		"user": {*user}, "rate": {strconv.FormatFloat(*rate, 'f', -1, 64)}, "calls": {strconv.Itoa(*calls)}, "hold": {hold.String()},
	}
	return r.send(ctx, c, http.MethodPost, "/load?"+q.Encode())
}

func fault(ctx context.Context, c call) error {
	var r running
	flags := r.flags("fault")
	mend := flags.Bool("mend", false, "take the fault away again")
	if err := c.parse(flags, "FAULT"); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			listFaults(c.stdout)
		}
		return err
	}
	query := ""
	if *mend {
		query = "?mend"
	}
	return r.send(ctx, c, http.MethodPost, "/fault/"+url.PathEscape(flags.Arg(0))+query)
}

func listFaults(w io.Writer) {
	fmt.Fprint(w, "\nFAULT is one of\n")
	for _, f := range lab.Faults() {
		fmt.Fprintf(w, "  %-18s %s\n", f.Name, f.Does)
	}
}
