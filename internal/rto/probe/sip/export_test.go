package sip

import (
	"context"

	"github.com/voipbin/observability/internal/rto/probe"
	"github.com/voipbin/observability/internal/sipprobe"
)

// Translate is the finding of a path that wants grade 2.
func Translate(ctx context.Context, r sipprobe.Result) probe.Finding {
	p := &Prober{Config: Config{Target: probe.Target{Path: "sip", Want: 2}}}
	return p.finding(ctx, r)
}
