// Package scripted holds what a fake server answers to each question, and what it was asked. It reads and writes no wire: servers for tests embed it.
package scripted

import (
	"slices"
	"sync"
)

// Script says what is answered: A to a question Q. Tests change it while the server runs.
type Script[Q, A any] struct {
	mu      sync.Mutex
	answers map[string]func(Q) A
	other   func(Q) A
	asked   []Q
}

// New returns a script that has one answer to all.
func New[Q, A any](other func(Q) A) *Script[Q, A] {
	return &Script[Q, A]{answers: make(map[string]func(Q) A), other: other}
}

// Handle makes the server answer every call of a name with reply, from now on.
func (s *Script[Q, A]) Handle(name string, reply A) {
	s.HandleFunc(name, func(Q) A { return reply })
}

// HandleFunc makes the server ask answer for the reply to each call of a name, from now on. It may be called from several goroutines at once.
func (s *Script[Q, A]) HandleFunc(name string, answer func(Q) A) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[name] = answer
}

// HandleOther replaces the answer to names that have none of their own.
func (s *Script[Q, A]) HandleOther(answer func(Q) A) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.other = answer
}

// Requests returns a copy of the calls read so far, in order.
func (s *Script[Q, A]) Requests() []Q {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Asked notes a call of a name, which question makes of its number, counted from 1, and returns it with what answers it. The answer is not asked for
// yet: it may take its time.
func (s *Script[Q, A]) Asked(name string, question func(call int) Q) (Q, func(Q) A) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := question(len(s.asked) + 1)
	s.asked = append(s.asked, q)
	if answer, ok := s.answers[name]; ok {
		return q, answer
	}
	return q, s.other
}
