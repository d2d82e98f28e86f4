package output

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
)

// spoolMemory is how many bytes of new contents are held in memory; what comes beyond goes to a temporary file.
const spoolMemory = 1 << 20

// spool keeps contents until they are written. It may be used by several goroutines.
type spool struct {
	mu   sync.Mutex
	held int
	file *os.File
	end  int64
}

// content is one content in a spool.
type content struct {
	of   *spool
	data []byte // when it is held in memory
	at   int64
	size int
	sum  digest
}

// put keeps a copy of a content.
func (s *spool) put(data []byte, sum digest) (*content, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &content{of: s, size: len(data), sum: sum}
	if s.held+len(data) <= spoolMemory {
		s.held += len(data)
		c.data = notNil(bytes.Clone(data))
		return c, nil
	}
	if s.file == nil {
		f, err := os.CreateTemp("", "obsgen-*")
		if err != nil {
			return nil, fmt.Errorf("keep new contents: %w", err)
		}
		s.file = f
		_ = os.Remove(f.Name()) // where an open file can be removed; elsewhere close does it
	}
	c.at = s.end
	if _, err := s.file.WriteAt(data, c.at); err != nil {
		return nil, fmt.Errorf("keep new contents: %w", err)
	}
	s.end += int64(len(data))
	return c, nil
}

// bytes returns the content.
func (c *content) bytes() ([]byte, error) {
	if c.data != nil {
		return c.data, nil
	}
	data := make([]byte, c.size)
	if _, err := c.of.file.ReadAt(data, c.at); err != nil {
		return nil, fmt.Errorf("read new contents: %w", err)
	}
	if digestOf(data) != c.sum {
		return nil, errors.New("read new contents: the temporary file was changed by somebody else")
	}
	return data, nil
}

// close gives up what is kept.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if gone := ignoreMissing(os.Remove(s.file.Name())); err == nil {
		err = gone
	}
	s.file = nil
	return err
}
