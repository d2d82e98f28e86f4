package budget

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// maxCourses bounds how many courses are kept, and how many are read at a time.
	maxCourses = 64
	// courseTime bounds how long a course is read, whoever waits for it: who comes after a reader that gave up finds what came of it.
	courseTime = 30 * time.Second
)

// errManyCourses says that as many courses are being read as may be.
var errManyCourses = errors.New("too many courses are being read already")

// Past reads the course of a budget.
type Past interface {
	History(ctx context.Context, name string) (History, error)
}

// Shared reads the course of each budget once for all who want it: a hundred open pages ask for the same at the same moment. A course stands until the next
// look at the records or the next minute, one that could not be read not at all.
type Shared struct {
	past Past
	news func() <-chan struct{}
	now  func() time.Time

	mu      sync.Mutex
	courses map[string]*sharedCourse
}

// sharedCourse is a course that is read, or was.
type sharedCourse struct {
	look   <-chan struct{} // closed by the look after the one that was newest when it began
	minute time.Time       // in which it began
	done   chan struct{}   // closed when there is a result
	h      History
	err    error
}

// Share has courses read once for all. News are those of the records: a channel that the next look closes.
func Share(past Past, news func() <-chan struct{}, now func() time.Time) *Shared {
	return &Shared{past: past, news: news, now: now, courses: map[string]*sharedCourse{}}
}

// History is the course of a budget as somebody read it just now. Nobody may change what is in it. Who waits no longer than ctx gets its cause.
func (s *Shared) History(ctx context.Context, name string) (History, error) {
	c, err := s.course(ctx, name)
	if err != nil {
		return History{}, err
	}
	select {
	case <-c.done:
		return c.h, c.err
	case <-ctx.Done():
		return History{}, context.Cause(ctx)
	}
}

// course is the course of a name that stands or is being read, or else one that is read from now on.
func (s *Shared) course(ctx context.Context, name string) (*sharedCourse, error) {
	look, minute := s.news(), s.now().Truncate(time.Minute)
	s.mu.Lock()
	defer s.mu.Unlock()
	// One that is being read is joined also when it began before the newest look: a server that is slow must not be asked the same again.
	if c := s.courses[name]; c != nil && (!c.over() || c.look == look && c.minute.Equal(minute)) {
		return c, nil
	}
	if len(s.courses) >= maxCourses {
		s.forget()
	}
	if len(s.courses) >= maxCourses && s.courses[name] == nil {
		return nil, errManyCourses
	}
	c := &sharedCourse{look: look, minute: minute, done: make(chan struct{})}
	s.courses[name] = c
	go s.read(context.WithoutCancel(ctx), name, c)
	return c, nil
}

// read reads a course, which goes on when the one who asked for it is gone.
func (s *Shared) read(ctx context.Context, name string, c *sharedCourse) {
	ctx, cancel := context.WithTimeout(ctx, courseTime)
	defer cancel()
	c.h, c.err = s.past.History(ctx, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.err != nil {
		delete(s.courses, name)
	}
	close(c.done)
}

// forget drops what is not being read. The lock is held.
func (s *Shared) forget() {
	for name, c := range s.courses {
		if c.over() {
			delete(s.courses, name)
		}
	}
}

// over tells whether there is a result.
func (c *sharedCourse) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}
