package evidence

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

const (
	headFile = "head.json"
	// maxGroup bounds the bytes of one write.
	maxGroup = 4 << 20
)

// writing is the segment that takes records.
type writing struct {
	segment
	file File
	size int64 // acknowledged bytes
	day  int64 // of the first record, in days since the Unix epoch
}

func dayOf(at int64) int64 {
	day := at / int64(24*time.Hour)
	if at%int64(24*time.Hour) < 0 {
		day--
	}
	return day
}

// run is the committer: the only one who writes records. It ends when the log is closed and nothing is pending.
func (l *Log) run() {
	defer close(l.stopped)
	for range l.wake {
		for {
			l.mu.Lock()
			batch, closed := l.pending, l.closed
			l.pending, l.bytes = nil, 0
			l.mu.Unlock()
			if len(batch) == 0 && closed {
				return
			}
			if len(batch) == 0 {
				break
			}
			l.process(batch)
		}
	}
}

func (l *Log) process(batch []*request) {
	for len(batch) > 0 {
		if do := batch[0].do; do != nil {
			head, err := do()
			batch[0].done <- answer{head: head, err: err}
			batch = batch[1:]
			continue
		}
		n, err := l.group(batch)
		if err == nil {
			err = l.commit(batch[:n])
		}
		if err != nil {
			fail(batch[:n], err)
		}
		batch = batch[n:]
	}
}

func fail(batch []*request, err error) {
	for _, r := range batch {
		r.done <- answer{err: err}
	}
}

// group makes sure that there is a segment for the first record and counts how many go into one write with it.
func (l *Log) group(batch []*request) (int, error) {
	n, bytes := 0, 0
	day := dayOf(batch[0].rec.At)
	if l.seg != nil && (l.seg.size >= l.opt.SegmentBytes || day > l.seg.day) && l.Err() == nil {
		l.rotate()
	}
	if l.seg != nil {
		day = l.seg.day
	}
	for n < len(batch) && batch[n].do == nil {
		r := batch[n].rec
		if n > 0 && (bytes+len(r.Body) > maxGroup || dayOf(r.At) > day || l.size()+int64(bytes) >= l.opt.SegmentBytes) {
			break
		}
		n, bytes = n+1, bytes+len(r.Body)+linkLength
	}
	if err := l.Err(); err != nil {
		return n, err
	}
	if l.seg == nil {
		if err := l.begin(dayOf(batch[0].rec.At)); err != nil {
			return n, l.stop(err)
		}
	}
	return n, nil
}

func (l *Log) size() int64 {
	if l.seg == nil {
		return 0
	}
	return l.seg.size
}

// commit writes records and answers them when they are on the disk.
func (l *Log) commit(batch []*request) error {
	end := l.tip
	var buf []byte
	for _, r := range batch {
		r.rec.Seq, r.rec.Prev = end.seq+1, end.hash
		buf = appendLine(buf, &r.rec)
		end = tip{seq: r.rec.Seq, at: r.rec.At, hash: r.rec.Hash}
	}
	err := writeAll(l.seg.file, buf)
	if err == nil {
		err = l.seg.file.Sync()
	}
	if err != nil {
		return l.stop(err)
	}
	l.seg.size += int64(len(buf))
	l.mu.Lock()
	l.tip = end
	l.mu.Unlock()
	for _, r := range batch {
		r.done <- answer{rec: r.rec}
	}
	if since := end.at - l.headAt; since >= int64(l.opt.HeadEvery) || since < 0 {
		l.signHead()
	}
	return nil
}

// stop ends the taking of records.
func (l *Log) stop(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = err
	}
	return l.stoppedBy()
}

// begin makes the segment of the next record.
func (l *Log) begin(day int64) error {
	s := segment{name: segmentName(l.tip.seq + 1), first: l.tip.seq + 1}
	f, err := l.opt.FS.OpenFile(filepath.Join(l.dir, s.name), os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err := l.opt.FS.SyncDir(l.dir); err != nil {
		f.Close()
		return err
	}
	l.seg = &writing{segment: s, file: f, day: day}
	return nil
}

// rotate ends the open segment, which is on the disk: the next record begins another one, and this one is compressed meanwhile.
func (l *Log) rotate() {
	l.seg.file.Close()
	closed := l.seg.segment
	l.seg = nil
	l.signHead()
	l.packLater(closed)
}

// signHead renews the head. It is not in the way of the records: if it fails, the next one will do.
func (l *Log) signHead() {
	if _, err := l.writeHead("", false); err != nil {
		l.opt.OnTrouble(err)
	}
}

// headOf signs an end of the chain.
func (l *Log) headOf(end tip, note string, final bool) (Head, error) {
	h := Head{Name: l.opt.Name, Seq: end.seq, At: end.at, Hash: end.hash, Note: note, Final: final}
	return h, h.sign(l.key)
}

// writeHead signs the newest acknowledged record and replaces the head file.
func (l *Log) writeHead(note string, final bool) (Head, error) {
	h, err := l.headOf(l.tip, note, final)
	if err != nil {
		return Head{}, err
	}
	text, err := json.Marshal(h)
	if err != nil {
		return Head{}, err
	}
	if err := writeFile(l.opt.FS, filepath.Join(l.dir, headFile), append(text, '\n'), 0o644); err != nil {
		return Head{}, err
	}
	l.headAt = h.At
	return h, nil
}
