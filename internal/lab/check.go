package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/sipp"
)

// The waits of a check.
const (
	// callsWithin is how long the calls of a check may take beyond the time that their rate gives them.
	callsWithin = 2 * time.Minute
	// agreeWithin bounds the wait for scrape and rules after the last call; two intervals are enough on an idle machine.
	agreeWithin = 20 * time.Second
	// upWithin bounds the wait for a target whose last scrape failed: on a busy machine one takes longer than it may, and the next is well.
	upWithin = 15 * time.Second
	// firstScrapeWithin bounds the wait until every target was scraped.
	firstScrapeWithin = 30 * time.Second
)

// Check makes the calls of a bounded mix and compares what SIPp saw with what Prometheus says, to the call, while nothing else calls. It
// writes the table to w. Where there is media, it does the same for whole calls, all since the start of a laboratory in which nothing was
// broken, and wants the prober content. The error names what disagrees, every target that is down, and every alert that fires
// without the mix having asked for it.
func (l *Lab) Check(ctx context.Context, w io.Writer, mix []Leg) error {
	before, err := l.Outcomes(ctx)
	if err != nil {
		return err
	}
	seen, err := l.Call(ctx, mix)
	if err != nil {
		return err
	}
	var result Comparison
	err = l.run.opts.Steps.Do("comparing with Prometheus", func(detail func(string)) error {
		detail("waiting for scrape and rules")
		result, err = l.agree(ctx, seen, before)
		return err
	})
	if err != nil {
		return err
	}
	if err := result.Write(w); err != nil {
		return err
	}
	problems := result.Problems()
	if l.Media != nil {
		whole, err := l.wholeCallsAgree(ctx)
		if err != nil {
			return err
		}
		if err := whole.Write(w); err != nil {
			return err
		}
		problems = append(problems, whole.Problems()...)
	}
	if seen.Failed > 0 {
		problems = append(problems, fmt.Sprintf("SIPp gave up %d calls: see %s", seen.Failed, l.run.path(sippDir)))
	}
	firing, err := l.firing(ctx, earnedBy(mix, seen))
	if err != nil {
		return err
	}
	problems = append(problems, firing...)
	if err := l.awaitTargetsUp(ctx, upWithin); err != nil {
		problems = append(problems, strings.Split(err.Error(), "\n")...)
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "; "))
	}
	return nil
}

// Call makes the calls of a bounded mix, waits for the last, and returns what SIPp saw of them.
func (l *Lab) Call(ctx context.Context, mix []Leg) (sipp.Counts, error) {
	before, err := l.run.Counts()
	if err != nil {
		return sipp.Counts{}, err
	}
	var after sipp.Counts
	err = l.run.opts.Steps.Do(fmt.Sprintf("%d calls", callsIn(mix)), func(detail func(string)) error {
		within := callsWithin + lastingOf(mix)
		ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("not done within %v", within.Round(time.Second)))
		defer cancel()
		procs, err := l.StartCalls(ctx, mix)
		if err != nil {
			return err
		}
		for _, p := range procs {
			if err := l.await(ctx, p.Done(), detail); err != nil {
				return fmt.Errorf("calls: %w", err)
			}
		}
		after, err = l.run.Counts()
		return err
	})
	return after.Since(before), err
}

// await waits for one caller and tells how far all are.
func (l *Lab) await(ctx context.Context, done <-chan struct{}, detail func(string)) error {
	for {
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case d := <-l.run.Deaths():
			return d.Err
		case <-time.After(500 * time.Millisecond):
			if c, err := l.run.Counts(); err == nil {
				detail(fmt.Sprintf("%d calls made, %d open", c.Attempts, c.Open))
			}
		}
	}
}

// Alerts that calls of a bounded mix cause on purpose: many that fail by the platform, and callers of a queue without agents who go on
// coming for a minute.
const (
	burnAlert       = "CallSetupBudgetBurn"
	unattendedAlert = "AsteriskQueueUnattended"
)

// earnedBy are the alerts that calls are meant to cause.
func earnedBy(mix []Leg, seen sipp.Counts) []string {
	var names []string
	if successOf(seen) < 1 {
		names = append(names, burnAlert)
	}
	if slices.ContainsFunc(mix, func(l Leg) bool { return l.User == pbx(asterisk.UserEmptyQueue) }) {
		names = append(names, unattendedAlert)
	}
	return names
}

// firing names the alerts that fire, but for those that the calls have earned.
func (l *Lab) firing(ctx context.Context, earned []string) ([]string, error) {
	alerts, err := l.API.Alerts(ctx)
	var names []string
	for _, a := range told(alerts) {
		if a.State == "firing" && !slices.Contains(earned, a.Name) {
			names = append(names, "alert "+a.Name+" fires")
		}
	}
	slices.Sort(names)
	return slices.Compact(names), err
}

// wholeCallsAgree does for whole calls what agree does for all. It goes on until the prober has called, and catches a moment in which it
// does not.
func (l *Lab) wholeCallsAgree(ctx context.Context) (CallComparison, error) {
	return settled(ctx, cmp.Or(l.patience, agreeWithin), func() (CallComparison, error) {
		seen, err := l.run.countsByUser(toAsterisk)
		if err != nil {
			return CallComparison{}, err
		}
		known, err := l.WholeCalls(ctx)
		if err != nil {
			return CallComparison{}, err
		}
		return CompareCalls(seen, known), nil
	})
}

// agree reads Prometheus until it agrees or time is over, and returns the last comparison.
func (l *Lab) agree(ctx context.Context, seen sipp.Counts, before Outcomes) (Comparison, error) {
	return settled(ctx, cmp.Or(l.patience, agreeWithin), func() (Comparison, error) {
		now, err := l.Outcomes(ctx)
		if err != nil {
			return Comparison{}, err
		}
		success, err := l.Success(ctx)
		if err != nil {
			return Comparison{}, err
		}
		return Compare(seen, now.minus(before), success), nil
	})
}

// settled compares until nothing differs or time is over, and returns the last comparison: the caller tells what differs.
func settled[C interface{ Problems() []string }](ctx context.Context, patience time.Duration, compare func() (C, error)) (C, error) {
	over := time.After(patience)
	for {
		c, err := compare()
		if err != nil || len(c.Problems()) == 0 {
			return c, err
		}
		select {
		case <-ctx.Done():
			return c, context.Cause(ctx)
		case <-over:
			return c, nil
		case <-time.After(scrapeInterval / 2):
		}
	}
}
