package platform

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/resp"
)

// The sampler walks over all keys of a Redis by SCAN, pass after pass and between scrapes, at no more commands a second than allowed. Each
// key is put into a class by its name; of some the memory and the time to live are asked for. A pass that loses its connection is begun
// anew, for a cursor means nothing to a server that was restarted.
type sampler struct {
	Options
	server   redisServer
	patterns []*regexp.Regexp

	commands atomic.Uint64

	mu   sync.Mutex
	last *pass // the last whole one
	err  error // why the latest pass failed, nil when it did not
}

// firstSampled is how many keys of a class are looked at whatever the share: SCAN goes by hash, so the first are as good as any.
const firstSampled = 20

// retryAfter is the pause after a pass that failed.
const retryAfter = 10 * time.Second

// pass is what a walk over all keys has found.
type pass struct {
	begun, ended time.Time
	classes      []tally // as Module.Classes, and other
	refused      bool    // MEMORY USAGE was refused
}

// tally is of one class.
type tally struct {
	name           string
	keys           int
	sized, aged    int // keys whose memory and time to live are known
	bytes, endless float64
	longest        time.Duration
}

func newSampler(o Options, u *url.URL) (*exporter.Target, error) {
	s := &sampler{Options: o, server: newRedisServer(o, u)}
	for _, c := range o.Module.Classes {
		s.patterns = append(s.patterns, matcher(c.Pattern))
	}
	return &exporter.Target{Name: o.Name, Check: s.check, Scrapers: pick([]exporter.Scraper{part{"redis", s.show}}, o.Collectors), Run: s.run}, nil
}

// check connects, logs in and is answered.
func (s *sampler) check(ctx context.Context) error {
	c, err := s.server.connect(ctx)
	if err != nil {
		return err
	}
	return c.Close()
}

// run walks pass after pass until ctx ends.
func (s *sampler) run(ctx context.Context) {
	for {
		begun := s.Now()
		p, err := s.walk(ctx, begun)
		if ctx.Err() != nil {
			return // it was broken off, which says nothing of the server
		}
		s.note(p, err)
		pause := s.Module.PassEvery - s.Now().Sub(begun)
		if err != nil {
			pause = min(retryAfter, s.Module.PassEvery)
		}
		if !wait(ctx, pause) {
			return
		}
	}
}

// wait reports whether the time passed before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// note keeps a pass, and logs when passes begin to fail.
func (s *sampler) note(p *pass, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && s.err == nil && s.Logger != nil {
		s.Logger.Warn("pass over keys failed", "target", s.Name, "err", err)
	}
	s.err = err
	if err == nil {
		s.last = p
	}
}

// walk goes over all keys once.
func (s *sampler) walk(ctx context.Context, begun time.Time) (*pass, error) {
	c, err := s.server.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }() // it answered, and is of no use any more
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	p := &pass{begun: begun, classes: s.tallies()}
	for cursor := "0"; ; {
		replies, err := s.do(ctx, c, []string{"SCAN", cursor, "COUNT", strconv.Itoa(s.Module.ScanStep)})
		if err != nil {
			return nil, err
		}
		var keys []string
		if cursor, keys, err = scanned(replies[0]); err != nil {
			return nil, err
		}
		if err := s.look(ctx, c, p, keys); err != nil {
			return nil, err
		}
		if cursor == "0" {
			p.ended = s.Now()
			return p, nil
		}
	}
}

func (s *sampler) tallies() []tally {
	all := make([]tally, 0, len(s.Module.Classes)+1)
	for _, c := range s.Module.Classes {
		all = append(all, tally{name: c.Name})
	}
	return append(all, tally{name: otherClass})
}

// do sends commands at the pace allowed.
func (s *sampler) do(ctx context.Context, c *resp.Conn, commands ...[]string) ([]resp.Reply, error) {
	s.commands.Add(uint64(len(commands)))
	answering, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	replies, err := c.Do(deadlineOf(answering), commands...)
	if err != nil {
		return nil, protocolError(err)
	}
	if !wait(ctx, time.Duration(len(commands))*time.Second/time.Duration(s.Module.CommandsPerSecond)) {
		return nil, ctx.Err()
	}
	return replies, nil
}

// scanned reads the answer to SCAN.
func scanned(r resp.Reply) (cursor string, keys []string, err error) {
	if r.Err != nil {
		return "", nil, exporter.Failed(exporter.OutcomeFault, fmt.Errorf("SCAN: %w", r.Err))
	}
	if len(r.Items) != 2 {
		return "", nil, exporter.Failed(exporter.OutcomeDecode, errors.New("SCAN: a cursor and keys were due"))
	}
	cursor = r.Items[0].Text
	if _, err := strconv.ParseUint(cursor, 10, 64); err != nil {
		return "", nil, exporter.Failed(exporter.OutcomeDecode, errors.New("SCAN: the cursor is no number"))
	}
	for _, k := range r.Items[1].Items {
		keys = append(keys, k.Text)
	}
	return cursor, keys, nil
}

// look counts keys, and asks about those that are to be sampled.
func (s *sampler) look(ctx context.Context, c *resp.Conn, p *pass, keys []string) error {
	for _, key := range keys {
		t := &p.classes[s.classOf(key)]
		t.keys++
		if t.keys > firstSampled && t.keys%s.Module.SampleEvery != 0 {
			continue
		}
		replies, err := s.do(ctx, c, []string{"MEMORY", "USAGE", key}, []string{"PTTL", key})
		if err != nil {
			return err
		}
		p.refused = p.refused || replies[0].Err != nil || replies[1].Err != nil
		t.add(replies[0], replies[1])
	}
	return nil
}

func (s *sampler) classOf(key string) int {
	for i, p := range s.patterns {
		if p.MatchString(key) {
			return i
		}
	}
	return len(s.patterns)
}

// The answers of PTTL that are no time: without expiry, and without a key.
const (
	pttlEndless = -1
	pttlGone    = -2
)

// add counts a sampled key. One that went meanwhile has neither memory nor time to live.
func (t *tally) add(memory, ttl resp.Reply) {
	if memory.Err == nil && !memory.Null {
		t.sized++
		t.bytes += float64(memory.Number)
	}
	if ttl.Err != nil || ttl.Number == pttlGone {
		return
	}
	t.aged++
	if ttl.Number == pttlEndless {
		t.endless++
		return
	}
	t.longest = max(t.longest, time.Duration(ttl.Number)*time.Millisecond)
}

// show tells of the last whole pass.
func (s *sampler) show(_ context.Context, b *emit.Batch) error {
	s.mu.Lock()
	p, err := s.last, s.err
	s.mu.Unlock()
	b.Add(metric.PlatformRedisCommands, float64(s.commands.Load()))
	if p == nil {
		if err == nil {
			return exporter.Empty(errors.New("the first pass has not ended"))
		}
		return err
	}
	b.Add(metric.PlatformRedisPassEnd, float64(p.ended.UnixMilli())/1000)
	b.Add(metric.PlatformRedisPassTime, p.ended.Sub(p.begun).Seconds())
	for _, t := range p.classes {
		t.show(b)
	}
	if err == nil && p.refused {
		err = exporter.Failed(exporter.OutcomeFault, errors.New("MEMORY USAGE or PTTL is refused: give the user +memory|usage and +pttl"))
	}
	return err
}

func (t tally) show(b *emit.Batch) {
	b.Add(metric.PlatformRedisKeys, float64(t.keys), t.name)
	b.Add(metric.PlatformRedisSampled, float64(max(t.sized, t.aged)), t.name)
	switch {
	case t.sized > 0:
		b.Add(metric.PlatformRedisBytes, t.bytes/float64(t.sized)*float64(t.keys), t.name)
	case t.keys == 0:
		b.Add(metric.PlatformRedisBytes, 0, t.name)
	}
	switch {
	case t.aged > 0:
		b.Add(metric.PlatformRedisEndless, t.endless/float64(t.aged)*float64(t.keys), t.name)
	case t.keys == 0:
		b.Add(metric.PlatformRedisEndless, 0, t.name)
	}
	if t.longest > 0 {
		b.Add(metric.PlatformRedisTTL, t.longest.Seconds(), t.name)
	}
}
