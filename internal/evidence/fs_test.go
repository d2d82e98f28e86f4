package evidence_test

import (
	"io/fs"
	"strings"
	"sync/atomic"

	"github.com/voipbin/observability/internal/evidence"
)

// countingFS counts the syncs of segments.
type countingFS struct {
	evidence.OS
	syncs atomic.Int64
}

func (c *countingFS) OpenFile(name string, flag int, perm fs.FileMode) (evidence.File, error) {
	f, err := c.OS.OpenFile(name, flag, perm)
	if err != nil || !strings.HasSuffix(name, ".jsonl") {
		return f, err
	}
	return &countedFile{File: f, n: &c.syncs}, nil
}

type countedFile struct {
	evidence.File
	n *atomic.Int64
}

func (c *countedFile) Sync() error {
	c.n.Add(1)
	return c.File.Sync()
}

// slowFS holds the syncs of segments back.
type slowFS struct {
	evidence.OS
	hold chan struct{}
}

func (s *slowFS) OpenFile(name string, flag int, perm fs.FileMode) (evidence.File, error) {
	f, err := s.OS.OpenFile(name, flag, perm)
	if err != nil || !strings.HasSuffix(name, ".jsonl") {
		return f, err
	}
	return &slowFile{File: f, hold: s.hold}, nil
}

type slowFile struct {
	evidence.File
	hold chan struct{}
}

func (s *slowFile) Sync() error {
	<-s.hold
	return s.File.Sync()
}
