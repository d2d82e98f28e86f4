package kamailio

import (
	"context"
	"fmt"
	"sync"
)

// remembered asks each question once a scrape, for collectors that look at one answer. The compatibility names need the
// dispatcher's list and others a second time.
type remembered struct {
	caller

	mu      sync.Mutex
	answers map[string]reply
}

func (r *remembered) call(ctx context.Context, method string, args ...any) (reply, error) {
	question := fmt.Sprintf("%s%q", method, args)
	r.mu.Lock()
	defer r.mu.Unlock()
	if answer, ok := r.answers[question]; ok {
		return answer, nil
	}
	answer, err := r.caller.call(ctx, method, args...)
	if r.answers == nil {
		r.answers = make(map[string]reply)
	}
	if err == nil {
		r.answers[question] = answer
	}
	return answer, err // an error is asked for again: the next collector may have more time
}

// forget makes every question be asked anew.
func (r *remembered) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = nil
}
