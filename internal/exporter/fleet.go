package exporter

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"time"
)

// The life of a connection that nobody asks for any longer.
const (
	idleAfter     = 5 * time.Minute
	idleCheckEach = time.Minute
)

// fleet keeps the configured targets, and an observer for each that is being scraped.
type fleet struct {
	observer func(TargetConfig, int) (*Observer, error)
	alwaysOn func(TargetConfig) bool
	now      func() time.Time
	logger   *slog.Logger

	mu      sync.Mutex
	started bool // targets that are always on are observed
	current fleetConfig
	byName  map[string]fleetTarget
	members map[memberKey]*member
}

// memberKey tells observers apart: one target may be scraped by several modules.
type memberKey struct{ target, module string }

// member is an observer in use. Its fields are guarded by fleet.mu.
type member struct {
	observer *Observer
	target   fleetTarget
	module   module
	using    int // requests under way
	lastUsed time.Time
	pinned   bool // stays while it is configured, used or not
	retired  bool // the configuration has changed: close when nobody uses it
}

func newFleet(observer func(TargetConfig, int) (*Observer, error), alwaysOn func(TargetConfig) bool, now func() time.Time, logger *slog.Logger) *fleet {
	if alwaysOn == nil {
		alwaysOn = func(TargetConfig) bool { return false }
	}
	return &fleet{observer: observer, alwaysOn: alwaysOn, now: now, logger: logger, members: make(map[memberKey]*member)}
}

// try reports whether a target could be observed, as far as that can be known without dialling it.
func (f *fleet) try(c TargetConfig) error {
	o, err := f.observer(c, 0)
	if err != nil {
		return err
	}
	return o.Close()
}

// config is the configuration in use. It is not changed any more.
func (f *fleet) config() fleetConfig {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current
}

// use puts a configuration to use. Observers of targets that have not changed stay, with their connections; the others are
// closed once nobody uses them.
func (f *fleet) use(c fleetConfig) {
	byName := make(map[string]fleetTarget, len(c.Targets))
	for _, t := range c.Targets {
		byName[t.Name] = t
	}
	f.mu.Lock()
	f.current, f.byName = c, byName
	var idle []*member
	for key, m := range f.members {
		t, there := byName[key.target]
		if there && reflect.DeepEqual(t, m.target) && reflect.DeepEqual(c.Modules[key.module], m.module) {
			continue
		}
		m.retired = true
		delete(f.members, key)
		if m.using == 0 {
			idle = append(idle, m)
		}
	}
	f.pin()
	f.mu.Unlock()
	f.closeAll(idle)
}

// start begins to observe the targets that are always on.
func (f *fleet) start() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.started = true
	f.pin()
}

// pin makes the observers of targets that are always on. The caller holds f.mu.
func (f *fleet) pin() {
	if !f.started {
		return
	}
	for _, t := range f.current.Targets {
		if !f.alwaysOn(t.config(f.current.Modules[t.Module])) {
			continue
		}
		m, err := f.member(t, t.Module)
		if err != nil {
			f.logger.Error("target not observed", "target", t.Name, "err", err) // it was tried when the file was read
			continue
		}
		m.pinned = true
	}
}

// member returns the observer of a target with a module, and makes it where there is none. The caller holds f.mu.
func (f *fleet) member(t fleetTarget, moduleName string) (*member, error) {
	key := memberKey{t.Name, moduleName}
	if m, ok := f.members[key]; ok {
		return m, nil
	}
	how := f.current.Modules[moduleName]
	o, err := f.observer(t.config(how), how.Limit)
	if err != nil {
		return nil, err
	}
	m := &member{observer: o, target: t, module: how}
	f.members[key] = m
	o.Start()
	return m, nil
}

// acquire returns the observer of a configured target, to be released after use. The error is a refusal.
func (f *fleet) acquire(target, moduleName string) (*Observer, module, func(), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if target == "" {
		return nil, module{}, nil, refuse(http.StatusBadRequest, "parameter target is missing: give the name of a configured target")
	}
	t, ok := f.byName[target]
	if !ok {
		return nil, module{}, nil, refuse(http.StatusNotFound, "target %q is not configured", target)
	}
	if moduleName == "" {
		moduleName = t.Module
	}
	how, ok := f.current.Modules[moduleName]
	if !ok {
		return nil, module{}, nil, refuse(http.StatusNotFound, "module %q is not configured", moduleName)
	}
	m, err := f.member(t, moduleName)
	if err != nil {
		return nil, module{}, nil, err
	}
	m.using++
	return m.observer, how, func() { f.release(m) }, nil
}

func (f *fleet) release(m *member) {
	f.mu.Lock()
	m.using--
	m.lastUsed = f.now()
	last := m.retired && m.using == 0
	f.mu.Unlock()
	if last {
		f.closeAll([]*member{m})
	}
}

// closeIdleUntil closes, until ctx ends, observers that nobody has used for some minutes.
func (f *fleet) closeIdleUntil(ctx context.Context) {
	tick := time.NewTicker(idleCheckEach)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f.closeAll(f.retire(func(m *member) bool { return !m.pinned && f.now().Sub(m.lastUsed) >= idleAfter }))
		}
	}
}

// close closes all observers. Nobody may use the fleet afterwards.
func (f *fleet) close() { f.closeAll(f.retire(func(*member) bool { return true })) }

// retire takes out the members that nobody uses and that are over.
func (f *fleet) retire(over func(*member) bool) []*member {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*member
	for key, m := range f.members {
		if m.using == 0 && over(m) {
			m.retired = true
			delete(f.members, key)
			out = append(out, m)
		}
	}
	return out
}

// closeAll closes without the lock held: a close may take its time.
func (f *fleet) closeAll(members []*member) {
	for _, m := range members {
		if err := m.observer.Close(); err != nil {
			f.logger.Warn("connection not closed cleanly", "err", err)
		}
	}
}
