package exporter

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
)

// failureLog writes one line for a pass that failed, and holds back repetitions: a failure like the one before goes to
// debug, since a daemon that is down for an hour is one piece of news.
type failureLog struct {
	logger *slog.Logger
	target string

	mu     sync.Mutex
	last   string          // what had failed in the last pass, "" when nothing had
	panics map[string]bool // whose panic has been logged
}

func newFailureLog(logger *slog.Logger, target string) *failureLog {
	return &failureLog{logger: logger, target: target, panics: make(map[string]bool)}
}

// pass logs how a pass went where that is news.
func (l *failureLog) pass(p pass) {
	failed, cause := failures(p)
	l.mu.Lock()
	before := l.last
	l.last = failed
	l.mu.Unlock()
	switch {
	case failed == "" && before == "":
	case failed == "":
		l.logger.Info("scrape works again", "target", l.target)
	case failed == before:
		l.logger.Debug("scrape failed as before", "target", l.target, "failed", failed, "err", cause)
	default:
		l.logger.Warn("scrape failed", "target", l.target, "failed", failed, "err", cause)
	}
}

// panicked logs the first panic of each name with its stack.
func (l *failureLog) panicked(ctx context.Context, name string, value any, stack []byte) {
	l.mu.Lock()
	again := l.panics[name]
	l.panics[name] = true
	l.mu.Unlock()
	level := slog.LevelError
	if again {
		level = slog.LevelDebug
	}
	l.logger.Log(ctx, level, "panic in a collector", "target", l.target, "collector", name, "panic", value, "stack", string(stack))
}

// failures names what failed in a pass, as collector=outcome, and joins the causes on one line.
func failures(p pass) (failed string, cause error) {
	if p.checkErr != nil {
		return "target=" + checkOutcome(p.checkErr), p.checkErr
	}
	var names []string
	var causes []error
	for _, r := range p.runs {
		if !Healthy(r.outcome) {
			names = append(names, r.collector+"="+r.outcome)
			if r.err != nil {
				causes = append(causes, r.err)
			}
		}
	}
	return strings.Join(names, ","), oneLine(causes)
}

func oneLine(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	texts := make([]string, len(errs))
	for i, err := range errs {
		texts[i] = err.Error()
	}
	return errors.New(strings.Join(texts, "; "))
}
