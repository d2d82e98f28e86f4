package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
)

// Fault is one way to break a running laboratory.
type Fault struct {
	// Name is what it is called, Does what it does.
	Name, Does string
	inject     func(context.Context, *Lab) error
	mend       func(context.Context, *Lab) error
}

// Faults lists what can be broken.
func Faults() []Fault {
	return append([]Fault{
		{
			"kamailio-down", "Kamailio is stopped: nobody counts calls, probes fail, and within a minute SipReachableBudgetBurn and KamailioDown page",
			func(_ context.Context, l *Lab) error { l.Proxy.Stop(); return nil },
			func(ctx context.Context, l *Lab) error { return l.StartProxy(ctx) },
		},
		{
			"kamailio-hang", "all of Kamailio's processes are stopped in their tracks (SIGSTOP): its sockets accept and nobody answers",
			func(_ context.Context, l *Lab) error { return l.Proxy.Signal(syscall.SIGSTOP) },
			func(_ context.Context, l *Lab) error { return l.Proxy.Signal(syscall.SIGCONT) },
		},
		{
			"gateway-blackhole", "the gateway for good calls takes calls and never answers: callers get Kamailio's 408",
			func(_ context.Context, l *Lab) error { return l.Answer.Signal(syscall.SIGSTOP) },
			func(_ context.Context, l *Lab) error { return l.Answer.Signal(syscall.SIGCONT) },
		},
		{
			"exporter-down", "kamailio_exporter is stopped",
			func(_ context.Context, l *Lab) error { l.Exporter.Stop(); return nil },
			func(ctx context.Context, l *Lab) error { return l.StartExporter(ctx, l.Config.Unix()) },
		},
		{
			"rtpengine-down", "RTPEngine is stopped: audio ends, and calls that need it are refused with 503",
			withMedia(func(_ context.Context, m *Media) error { m.Relay.Stop(); return nil }),
			withMedia(func(ctx context.Context, m *Media) error { return m.StartRelay(ctx) }),
		},
		{
			"asterisk-down", "Asterisk is stopped: calls to it are refused with 503 once Kamailio has noticed",
			withMedia(func(_ context.Context, m *Media) error { m.Server.Stop(); return nil }),
			withMedia(func(ctx context.Context, m *Media) error { return m.StartServer(ctx) }),
		},
	}, recoveryFaults()...)
}

// withMedia is a fault that a laboratory without media cannot have.
func withMedia(do func(context.Context, *Media) error) func(context.Context, *Lab) error {
	return func(ctx context.Context, l *Lab) error {
		if l.Media == nil {
			return errors.New("this laboratory runs without media")
		}
		return do(ctx, l.Media)
	}
}

// Break injects the named fault, or mends it. Doing either twice is an error, for the second would not do what it says.
func (l *Lab) Break(ctx context.Context, name string, mend bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := Faults()
	i := slices.IndexFunc(all, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		names := make([]string, len(all))
		for k, f := range all {
			names[k] = f.Name
		}
		return fmt.Errorf("no fault %q: there are %s", name, strings.Join(names, ", "))
	}
	switch broken := slices.Contains(l.broken, name); {
	case mend && !broken:
		return fmt.Errorf("fault %s is not there", name)
	case !mend && broken:
		return fmt.Errorf("fault %s is there already", name)
	}
	if mend {
		if err := all[i].mend(ctx, l); err != nil {
			return fmt.Errorf("mend %s: %w", name, err)
		}
		l.broken = slices.DeleteFunc(l.broken, func(b string) bool { return b == name })
		return nil
	}
	if err := all[i].inject(ctx, l); err != nil {
		return fmt.Errorf("inject %s: %w", name, err)
	}
	l.broken = append(l.broken, name)
	return nil
}

// Broken lists the faults that are there.
func (l *Lab) Broken() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.broken)
}
