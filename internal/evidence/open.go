package evidence

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Opening is what Open found.
type Opening struct {
	// Created says that the log is new: print its key.
	Created bool
	// Unclean says that the log was not closed: its process was killed, or had stopped. The open segment was then written anew.
	Unclean bool
	// Torn is the incomplete last line that was moved aside, if there was one.
	Torn *Torn
}

// Torn is a write that a crash cut. Nobody was told that it was kept.
type Torn struct {
	Segment string
	File    string // where the bytes are now
	Offset  int64  // where in the segment they began
	Bytes   int
	Seq     uint64 // of the record that it would have been
}

// Open opens the log in a directory, or makes one, and takes its lock: ErrLocked if somebody has it. The links of closed segments and every
// record of the newest are checked; a *Fault tells what is wrong, and the log is not opened. A torn tail is moved aside and reported.
func Open(dir string, opt Options) (*Log, error) {
	opt = opt.defaults()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	l := &Log{
		dir: dir, opt: opt, lock: lock,
		wake: make(chan struct{}, 1), stopped: make(chan struct{}), pack: make(chan struct{}, 1),
	}
	if err := l.recover(); err != nil {
		if l.seg != nil {
			l.seg.file.Close() // nothing was written to it
		}
		return nil, errors.Join(err, unlock(lock))
	}
	go l.run()
	return l, nil
}

// recover finds the end of the chain and makes the directory tidy.
func (l *Log) recover() error {
	if err := l.sweep(); err != nil {
		return err
	}
	head, all, err := l.found()
	if err != nil {
		return err
	}
	end := tip{hash: head.Key.Root()}
	for i, s := range all {
		if i == len(all)-1 && !s.gzip && !s.pruned {
			break
		}
		if end, err = l.checkClosed(s, end, head); err != nil {
			return err
		}
	}
	l.tip = end
	if n := len(all); n > 0 && !all[n-1].gzip && !all[n-1].pruned {
		if err := l.reopen(all[n-1], head); err != nil {
			return err
		}
	}
	if l.tip.seq < head.Seq {
		at := place{segment: headFile}
		if n := len(all); n > 0 {
			at.segment = all[n-1].name
		}
		return endFault([]Head{head}, &chain{want: l.tip.seq + 1, at: at}, 0)
	}
	if _, err := l.writeHead("", false); err != nil {
		return err
	}
	for i, s := range all {
		if !s.gzip && !s.pruned && i < len(all)-1 {
			l.packLater(s)
		}
	}
	return nil
}

// sweep removes what a crash left unfinished: temporary files, and plain segments that are compressed already.
func (l *Log) sweep() error {
	unfinished, err := filepath.Glob(filepath.Join(l.dir, "*"+temporary))
	if err != nil {
		return err
	}
	for _, name := range unfinished {
		if err := l.opt.FS.Remove(name); err != nil {
			return err
		}
	}
	_, left, err := segments(l.dir)
	if err != nil {
		return err
	}
	for _, s := range left {
		if s.gzip {
			if err := l.finishPruning(s); err != nil {
				return err
			}
			continue
		}
		if err := samePacked(l.dir, s); err != nil {
			return err
		}
		if err := l.opt.FS.Remove(filepath.Join(l.dir, s.name)); err != nil {
			return err
		}
	}
	return l.opt.FS.SyncDir(l.dir)
}

// found reads the head and the key, or makes both where there is no log yet.
func (l *Log) found() (Head, []segment, error) {
	all, _, err := segments(l.dir)
	if err != nil {
		return Head{}, nil, err
	}
	file := l.opt.KeyFile
	if file == "" {
		file = filepath.Join(l.dir, "key")
	}
	_, err = os.Stat(filepath.Join(l.dir, headFile))
	created := errors.Is(err, fs.ErrNotExist) && len(all) == 0
	if l.key, err = loadOrMakeKey(l.opt.FS, file, created); err != nil {
		return Head{}, nil, err
	}
	if created {
		l.opening.Created = true
		l.tip.hash = RootOf(l.key.Public().(ed25519.PublicKey))
		if err := l.opt.FS.SyncDir(filepath.Dir(filepath.Clean(l.dir))); err != nil {
			return Head{}, nil, err
		}
		h, err := l.writeHead("", true)
		return h, nil, err
	}
	all, head, err := openDir(l.dir)
	if err == nil && head.Key != l.Key() {
		err = &Fault{Kind: BadHead, Segment: headFile, Detail: fmt.Sprintf("it is signed by %s, and the key here is %s", head.Key, l.Key())}
	}
	return head, all, err
}

// checkClosed checks that a closed segment follows the end of the chain and returns the new end. Of a compressed one its header is read,
// of one that is not compressed yet, every record.
func (l *Log) checkClosed(s segment, end tip, head Head) (tip, error) {
	if s.pruned {
		source := &dirLines{dir: l.dir, segs: []segment{s}}
		c := &chain{lines: source, want: end.seq + 1, prev: end.hash, last: end.at, key: head.Key}
		_, err := c.next()
		return tip{seq: c.want - 1, at: c.last, hash: c.prev}, notEOF(err)
	}
	if !s.gzip {
		c, _, err := l.readSegment(s, end, []Head{head})
		if err == nil && c.torn > 0 {
			err = &Fault{Kind: Changed, Segment: s.name, Line: c.at.line + 1, Seq: c.want, Detail: "a closed segment ends within a line"}
		}
		return tip{seq: c.want - 1, at: c.last, hash: c.prev}, err
	}
	ends, err := linksOf(l.dir, s)
	switch {
	case ioFault(err):
		return end, &Fault{Kind: Unread, Segment: s.name, Detail: err.Error(), Err: err}
	case err != nil:
		return end, &Fault{Kind: Changed, Segment: s.name, Seq: s.first, Detail: err.Error()}
	case ends.First != s.first || ends.Last < ends.First:
		return end, &Fault{Kind: Changed, Segment: s.name, Seq: s.first, Detail: "its header does not fit its name"}
	case ends.First > end.seq+1:
		return end, &Fault{Kind: Removed, Segment: s.name, Line: 1, Seq: end.seq + 1, Detail: missing(end.seq+1, ends.First-1)}
	case ends.First <= end.seq:
		return end, &Fault{Kind: Inserted, Segment: s.name, Line: 1, Seq: ends.First, Detail: "another segment holds these records"}
	case ends.Prev != end.hash:
		return end, &Fault{Kind: Changed, Segment: s.name, Line: 1, Seq: ends.First, Detail: "it does not follow the segment before"}
	case ends.Last == head.Seq && ends.Hash != head.Hash:
		return end, &Fault{Kind: Changed, Segment: s.name, Seq: ends.Last, Detail: "another record was signed"}
	}
	return tip{seq: ends.Last, at: ends.At, hash: ends.Hash}, nil
}

// segmentRead is what reading the plain segment of a log gave.
type segmentRead struct {
	chain
	size  int64 // bytes of whole records
	torn  int   // bytes after them
	day   int64 // of the first record
	count int
}

// readSegment reads one plain segment that must follow the given end.
func (l *Log) readSegment(s segment, end tip, heads []Head) (segmentRead, []byte, error) {
	source := &dirLines{dir: l.dir, segs: []segment{s}}
	defer source.close()
	read := segmentRead{chain: chain{lines: source, want: end.seq + 1, prev: end.hash, last: end.at}}
	for {
		r, err := read.next()
		if errors.Is(err, errTorn) {
			tail := append([]byte(nil), source.cur.buf...)
			read.torn = len(tail)
			return read, tail, nil
		}
		if err != nil {
			return read, nil, notEOF(err)
		}
		if f := against(heads, r, read.at); f != nil {
			return read, nil, f
		}
		if read.count == 0 {
			read.day = dayOf(r.At)
		}
		read.size, read.count = read.size+int64(len(source.cur.buf)), read.count+1
	}
}

// reopen makes the newest segment ready for appending. After anything but a clean close its bytes may be in the kernel's cache only, or a
// failed sync may have marked them clean, so it is written anew and not merely synced.
func (l *Log) reopen(s segment, head Head) error {
	read, tail, err := l.readSegment(s, l.tip, []Head{head})
	if err != nil {
		return err
	}
	if f := endFault([]Head{head}, &read.chain, read.torn); f != nil {
		return f
	}
	if read.torn > 0 {
		if l.opening.Torn, err = l.setAside(s, read, tail); err != nil {
			return err
		}
	}
	name := filepath.Join(l.dir, s.name)
	if !head.Final {
		l.opening.Unclean = true
		if err := rewrite(l.opt.FS, name, read.size); err != nil {
			return err
		}
	}
	l.tip = tip{seq: read.want - 1, at: read.last, hash: read.prev}
	if read.count == 0 { // it was made and never written; the next record makes it again
		if err := l.opt.FS.Remove(name); err != nil {
			return err
		}
		return l.opt.FS.SyncDir(l.dir)
	}
	f, err := l.opt.FS.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	l.seg = &writing{segment: s, file: f, size: read.size, day: read.day}
	return nil
}

// setAside keeps a torn tail in a file of its own. The tail of an earlier crash at the same place keeps its name.
func (l *Log) setAside(s segment, read segmentRead, tail []byte) (*Torn, error) {
	base := fmt.Sprintf("%s.%d", strings.TrimSuffix(s.name, plainEnding), read.size)
	name := base + tornEnding
	for i := 2; ; i++ {
		there, err := os.ReadFile(filepath.Join(l.dir, name))
		if errors.Is(err, fs.ErrNotExist) || err == nil && string(there) == string(tail) {
			break
		}
		if err != nil {
			return nil, err
		}
		name = fmt.Sprintf("%s-%d%s", base, i, tornEnding)
	}
	if err := writeFile(l.opt.FS, filepath.Join(l.dir, name), tail, 0o644); err != nil {
		return nil, err
	}
	return &Torn{Segment: s.name, File: name, Offset: read.size, Bytes: len(tail), Seq: read.want}, nil
}
