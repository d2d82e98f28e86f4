package tracker

import "sync"

// notifier wakes those who wait for news; a page that is open, say. It loses nothing that matters: who is woken reads the state as it is.
type notifier struct {
	mu      sync.Mutex
	waiting chan struct{}
}

// wait returns a channel that is closed at the next news.
func (n *notifier) wait() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.waiting == nil {
		n.waiting = make(chan struct{})
	}
	return n.waiting
}

// all wakes everybody who waits.
func (n *notifier) all() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.waiting != nil {
		close(n.waiting)
		n.waiting = nil
	}
}

// News returns a channel that is closed when something was seen or noted.
func (s *Service) News() <-chan struct{} { return s.notify.wait() }
