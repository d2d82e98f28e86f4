package evidence

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"
	"time"
)

// The errors that callers branch on.
var (
	// ErrClosed says that the log was closed.
	ErrClosed = errors.New("the log is closed")
	// ErrStopped says that a write or a sync failed, now or earlier, and that the log takes nothing more until Repair or a new Open. It wraps
	// the cause. After a failed fsync(2) the kernel may call pages clean that never reached the disk, so that a second try proves nothing.
	ErrStopped = errors.New("the log has stopped: a write or sync failed")
	// ErrBusy says that more is waiting for the disk than may.
	ErrBusy = errors.New("the log's queue is full: the disk does not keep up")
	// ErrUnknown says that a caller gave up while its record was being written: it may be kept or not.
	ErrUnknown = errors.New("it is not known whether the record was kept")
)

// Options of Open. The zero value works.
type Options struct {
	// Name is signed into each head: for a tracker its vantage.
	Name string
	// KeyFile is the private key that signs heads; default: the file key in the directory. Kept elsewhere, who can write the log cannot sign.
	KeyFile string
	// SegmentBytes is the size after which a segment is closed; default 64 MiB. One is closed as well when a record's day (UTC) is later than
	// that of the segment's first.
	SegmentBytes int64
	// HeadEvery is how much later, by at, a record must be than the newest head to be signed anew; default one minute.
	HeadEvery time.Duration
	// FS is what the log writes with; default OS.
	FS FS
	// OnTrouble is told what went wrong beside the way of the records: a head that could not be written, a segment that could not be
	// compressed. It is called from the log's own goroutines and must not call the log. Default: nobody is told.
	OnTrouble func(error)
}

func (o Options) defaults() Options {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 64 << 20
	}
	if o.HeadEvery <= 0 {
		o.HeadEvery = time.Minute
	}
	if o.FS == nil {
		o.FS = OS{}
	}
	if o.OnTrouble == nil {
		o.OnTrouble = func(error) {}
	}
	return o
}

// maxPending bounds the bytes that wait for the disk.
const maxPending = 64 << 20

// Log is a log that is open for appending. Its methods may be called at the same time.
type Log struct {
	dir     string
	opt     Options
	key     ed25519.PrivateKey
	lock    *os.File
	opening Opening

	wake    chan struct{} // something is pending, or the log is closing
	stopped chan struct{} // closed when the committer has ended
	packing sync.WaitGroup
	pack    chan struct{} // held by the one who compresses

	mu      sync.Mutex
	pending []*request
	bytes   int   // of bodies in pending
	closed  bool  // no new requests
	broken  error // cause of ErrStopped
	tip     tip   // the newest acknowledged record

	// The committer's own.
	seg    *writing // nil: the next record begins one
	headAt int64    // at of the newest head
}

// tip is the end of the chain.
type tip struct {
	seq  uint64
	at   int64
	hash Hash
}

// request is something that the committer does in its turn.
type request struct {
	do   func() (Head, error) // nil for a record
	rec  Record
	done chan answer
}

type answer struct {
	rec  Record
	head Head
	err  error
}

// Append adds a record and returns when it is on the disk. body is encoded by encoding/json; at is nanoseconds since the Unix epoch.
// Records of one caller keep their order; callers at the same time share a sync.
//
// An error means that the record is not known to be kept: after ErrStopped, Repair makes sure that it is not; otherwise a crash may
// show it later. ErrUnknown comes when ctx ends while the disk is busy with it.
func (l *Log) Append(ctx context.Context, kind string, at int64, body any) (Record, error) {
	if err := checkKind(kind); err != nil {
		return Record{}, err
	}
	if kind == KindPruned {
		return Record{}, fmt.Errorf("kind %s is the log's own", kind)
	}
	return l.append(ctx, kind, at, body)
}

func (l *Log) append(ctx context.Context, kind string, at int64, body any) (Record, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return Record{}, fmt.Errorf("body of a %s record: %w", kind, err)
	}
	if len(b) > maxBody {
		return Record{}, fmt.Errorf("body of a %s record: %d bytes, at most %d", kind, len(b), maxBody)
	}
	a, err := l.ask(ctx, &request{rec: Record{At: at, Kind: kind, Body: b}})
	return a.rec, err
}

// Head is the newest acknowledged record, signed.
func (l *Log) Head() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, _ := l.headOf(l.tip, "", false) // without a note nothing can be wrong with it
	return h
}

// Seal signs the newest acknowledged record with a note (at most 1024 bytes) and keeps the head in the log: reports carry it. What was
// appended before the call is under it.
func (l *Log) Seal(ctx context.Context, note string) (Head, error) {
	a, err := l.ask(ctx, &request{do: func() (Head, error) { return l.writeHead(note, false) }})
	return a.head, err
}

// Repair makes a log that has stopped take records again: the open segment is written anew up to the last acknowledged record, from bytes
// that are checked against the chain, and what was not acknowledged is gone. It does nothing to a log that has not stopped.
func (l *Log) Repair(ctx context.Context) error {
	_, err := l.ask(ctx, &request{do: func() (Head, error) { return Head{}, l.repair() }})
	return err
}

// Err is nil, or ErrStopped with its cause.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stoppedBy()
}

// Key is the public key that signs this log's heads: print it, and keep it elsewhere.
func (l *Log) Key() Key { return Key(l.key.Public().(ed25519.PublicKey)) }

// Dir is the log's directory.
func (l *Log) Dir() string { return l.dir }

// Opening tells what Open found.
func (l *Log) Opening() Opening { return l.opening }

// Read is Read of this log's directory that ends with the record that is newest, and acknowledged, at the time of the call.
func (l *Log) Read(seq uint64) iter.Seq2[Record, error] {
	end := l.Head().Seq
	return func(yield func(Record, error) bool) {
		if end == 0 {
			return
		}
		for r, err := range Read(l.dir, seq) {
			if err == nil && r.Seq > end {
				return
			}
			if !yield(r, err) || r.Seq == end {
				return
			}
		}
	}
}

// Close waits for what is pending, signs the final head, and gives the lock back. A log that has stopped is closed without a final head.
func (l *Log) Close() error {
	l.mu.Lock()
	already := l.closed
	l.closed = true
	l.mu.Unlock()
	if already {
		<-l.stopped
		return nil
	}
	l.ring()
	<-l.stopped
	l.packing.Wait()
	err := l.Err()
	if err == nil {
		_, err = l.writeHead("", true)
	}
	if l.seg != nil {
		if closed := l.seg.file.Close(); err == nil {
			err = closed
		}
	}
	return errors.Join(err, unlock(l.lock))
}

// ask queues a request and waits for its answer.
func (l *Log) ask(ctx context.Context, r *request) (answer, error) {
	r.done = make(chan answer, 1)
	if err := l.enqueue(ctx, r); err != nil {
		return answer{}, err
	}
	l.ring()
	select {
	case a := <-r.done:
		return a, a.err
	case <-ctx.Done():
	}
	if l.withdraw(r) {
		return answer{}, context.Cause(ctx)
	}
	return answer{}, fmt.Errorf("%w: %w", ErrUnknown, context.Cause(ctx))
}

func (l *Log) enqueue(ctx context.Context, r *request) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ErrClosed
	case r.do == nil && l.broken != nil:
		return l.stoppedBy()
	case l.bytes+len(r.rec.Body) > maxPending:
		return ErrBusy
	}
	l.pending, l.bytes = append(l.pending, r), l.bytes+len(r.rec.Body)
	return nil
}

// withdraw takes back a request that the committer has not begun.
func (l *Log) withdraw(r *request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range l.pending {
		if p == r {
			l.pending, l.bytes = append(l.pending[:i:i], l.pending[i+1:]...), l.bytes-len(r.rec.Body)
			return true
		}
	}
	return false
}

func (l *Log) ring() {
	select {
	case l.wake <- struct{}{}:
	default: // it is ringing
	}
}

// stoppedBy needs mu.
func (l *Log) stoppedBy() error {
	if l.broken == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrStopped, l.broken)
}
