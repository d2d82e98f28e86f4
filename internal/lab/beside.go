package lab

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/voipbin/observability/internal/lab/pkgtree"
)

// besideAtATime is how many jobs are done at a time beside a setup: each waits for the network at first, and unpacks then.
const besideAtATime = 2

// job is something to obtain.
type job struct {
	title string
	must  bool // even without a network
	do    func(ctx context.Context, detail func(string)) error
}

// beside does jobs while its maker does something else.
type beside struct {
	cancel context.CancelFunc
	ended  chan struct{} // closed when no job is being done any more

	mu      sync.Mutex // guards what follows
	detail  func(string)
	missing []error // of jobs for which there is no network
	titles  []string
	failed  error
}

// begin starts the jobs in their order. What fails for another reason than the network ends the others.
func begin(ctx context.Context, jobs []job) *beside {
	ctx, cancel := context.WithCancel(ctx)
	b := &beside{cancel: cancel, ended: make(chan struct{}), detail: func(string) {}}
	queue := make(chan job, len(jobs))
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	var workers sync.WaitGroup
	for range besideAtATime {
		workers.Go(func() {
			for j := range queue {
				if ctx.Err() != nil {
					return
				}
				b.took(j, j.do(ctx, func(text string) { b.say(j.title + ": " + text) }))
			}
		})
	}
	go func() {
		workers.Wait()
		close(b.ended)
	}()
	return b
}

func (b *beside) say(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.detail(text)
}

// took notes how a job ended.
func (b *beside) took(j job, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil || b.failed != nil:
	case errors.Is(err, pkgtree.ErrNoNetwork) && !j.must:
		b.titles, b.missing = append(b.titles, j.title), append(b.missing, err)
	default:
		b.failed = fmt.Errorf("%s: %w", j.title, err)
		b.cancel()
	}
}

// wait waits until all is done, saying what is at hand, and tells what could not be had for want of a network.
func (b *beside) wait(detail func(string), missing func(title string, err error)) error {
	b.mu.Lock()
	b.detail = detail
	b.mu.Unlock()
	<-b.ended
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, err := range b.missing {
		missing(b.titles[i], err)
	}
	return b.failed
}

// stop ends what is still being done, and waits for it.
func (b *beside) stop() {
	b.cancel()
	<-b.ended
}
