package promql

import (
	"slices"
	"sync"
)

// Memory judges each expression once, for those who ask about it several times. It may be used by several goroutines.
type Memory struct {
	checker *Checker
	mu      sync.Mutex
	known   map[string]answer
}

// answer is what a checker says of one expression.
type answer struct {
	problems []Problem
	labels   []string
}

// NewMemory returns a memory of what a checker says.
func NewMemory(c *Checker) *Memory { return &Memory{checker: c, known: make(map[string]answer)} }

// Check is Checker.Check.
func (m *Memory) Check(text string) []Problem { return slices.Clone(m.judge(text).problems) }

// Labels is Checker.Labels.
func (m *Memory) Labels(text string) []string { return slices.Clone(m.judge(text).labels) }

// Quantity is Checker.Quantity; it is asked once and not remembered.
func (m *Memory) Quantity(text string) (Quantity, bool) { return m.checker.Quantity(text) }

func (m *Memory) judge(text string) answer {
	m.mu.Lock()
	found, ok := m.known[text]
	m.mu.Unlock()
	if ok {
		return found
	}
	ex := expandPlaceholders(text)
	problems, v := m.checker.check(ex.Text)
	labels := labelsOf(problems, v)
	found = answer{problems: ex.restore(text, problems), labels: labels}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[text] = found
	return found
}
