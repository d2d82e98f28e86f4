package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// errNoneRuns says that a tracker answers and has no drill that runs.
var errNoneRuns = errors.New("no drill runs")

// each says something to every tracker. One that takes it is enough; what the others had to say against it is told, and no failure.
func (cl *client) each(w world, say func(url string) error) error {
	var failed []error
	for _, u := range cl.urls {
		u = strings.TrimSuffix(u, "/")
		if err := say(u); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", u, err))
		}
	}
	if len(failed) == len(cl.urls) {
		if len(failed) == 1 {
			return errors.Unwrap(failed[0])
		}
		return errors.Join(failed...)
	}
	for _, err := range failed {
		fmt.Fprintf(w.stderr, "tracker: not taken down by %v\n", err)
	}
	return nil
}

// first asks one tracker after the other until one has the answer.
func (cl *client) first(ask func(url string) error) error {
	var all error
	for _, u := range cl.urls {
		err := ask(strings.TrimSuffix(u, "/"))
		if err == nil {
			return nil
		}
		if len(cl.urls) == 1 {
			return err
		}
		all = errors.Join(all, fmt.Errorf("%s: %w", u, err))
	}
	return all
}

// take has an event taken down by all trackers, and returns it as the first of them did.
func (cl *client) take(ctx context.Context, w world, id string, body map[string]any) (rto.DrillEvent, error) {
	var e rto.DrillEvent
	err := cl.each(w, func(url string) error {
		taken, err := cl.send(ctx, url, id, body)
		if err == nil && e.Kind == "" {
			// The others take it under the first one's time, so that they tell of one event and not of two.
			e, body["at"] = taken, taken.At.Hi.Time().Format(time.RFC3339Nano)
		}
		return err
	})
	return e, err
}

// send has an event taken down by one tracker. One whose clock is behind that of the tracker before says that the time has not come: then it is
// its own that counts there.
func (cl *client) send(ctx context.Context, address, id string, body map[string]any) (rto.DrillEvent, error) {
	var e rto.DrillEvent
	to := address + "/api/v1/drills/" + url.PathEscape(id) + "/events"
	err := cl.do(ctx, http.MethodPost, to, body, &e, clientTimeout)
	if err == nil || !strings.Contains(err.Error(), "lies in the future") || address == strings.TrimSuffix(cl.urls[0], "/") {
		return e, err
	}
	now := maps.Clone(body)
	delete(now, "at")
	err = cl.do(ctx, http.MethodPost, to, now, &e, clientTimeout)
	return e, err
}

// runOnce has the command of a step run by the first tracker that can be reached, and by no other: a failover must not be done twice.
func (cl *client) runOnce(ctx context.Context, w world, id, step string) (rto.HookRun, string, error) {
	var run rto.HookRun
	var unreached error
	for _, u := range cl.urls {
		u = strings.TrimSuffix(u, "/")
		err := cl.do(ctx, http.MethodPost, u+"/api/v1/drills/"+url.PathEscape(id)+"/steps/"+url.PathEscape(step)+"/run", nil, &run, hookTimeout)
		if dial := (*net.OpError)(nil); err != nil && errors.As(err, &dial) && dial.Op == "dial" {
			unreached = errors.Join(unreached, fmt.Errorf("%s: %w", u, err))
			continue
		}
		if unreached != nil {
			fmt.Fprintf(w.stderr, "tracker: not run by %v\n", unreached)
		}
		return run, u, err
	}
	return run, "", unreached
}

// tellOthers has the other trackers take down when a step that one of them ran began, and when it was done.
func (cl *client) tellOthers(ctx context.Context, w world, by, id, step string, run rto.HookRun) {
	for _, u := range cl.urls {
		u = strings.TrimSuffix(u, "/")
		if u == by {
			continue
		}
		marks := []map[string]any{{"kind": rto.EventStepBegun, "step": step, "at": run.Began.Time().Format(time.RFC3339Nano)}}
		if run.Exit == 0 && !run.TimedOut {
			marks = append(marks, map[string]any{"kind": rto.EventStepDone, "step": step, "at": run.Began.Add(run.Took).Time().Format(time.RFC3339Nano)})
		}
		for _, m := range marks {
			m["text"] = "run by " + by
			if _, err := cl.send(ctx, u, id, m); err != nil {
				fmt.Fprintf(w.stderr, "tracker: not taken down by %s: %v\n", u, err)
			}
		}
	}
}
