package evidence

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	plainEnding = ".jsonl"
	gzipEnding  = ".jsonl.gz"
	tornEnding  = ".torn"
	seqDigits   = 20
)

// segment is one file of a log.
type segment struct {
	name  string // without the directory
	first uint64 // seq of the first record, by the name
	gzip  bool
	// pruned says that a tombstone stands for it.
	pruned bool
}

func segmentName(first uint64) string { return fmt.Sprintf("%0*d%s", seqDigits, first, plainEnding) }

// segmentOf reads a file's name; false if it is no segment's.
func segmentOf(name string) (segment, bool) {
	digits, plain := strings.CutSuffix(name, plainEnding)
	pruned := false
	if !plain {
		if digits, pruned = strings.CutSuffix(name, prunedEnding); !pruned {
			digits, _ = strings.CutSuffix(name, gzipEnding)
		}
	}
	if len(digits) != seqDigits || len(digits) == len(name) {
		return segment{}, false
	}
	first, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || first == 0 {
		return segment{}, false
	}
	return segment{name: name, first: first, gzip: !plain && !pruned, pruned: pruned}, true
}

// segments lists a log's segments in order, and those files that are left beside their compressed form or their tombstone. Other files are none
// of its business.
func segments(dir string) (all, left []segment, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries { // sorted: a plain file comes before its compressed form, and that before a tombstone
		s, ok := segmentOf(e.Name())
		if !ok {
			continue
		}
		if n := len(all); n > 0 && all[n-1].first == s.first {
			left, all = append(left, all[n-1]), all[:n-1]
		}
		all = append(all, s)
	}
	return all, left, nil
}

// links are the ends of a closed segment, kept in its gzip header.
type links struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	Prev  Hash   `json:"prev"` // of the first record
	Hash  Hash   `json:"hash"` // of the last record
	At    int64  `json:"at"`   // of the last record
}

// errForm says that a compressed segment is not one that this package wrote.
var errForm = errors.New("not a segment in the form in which segments are compressed")

// gzipHeader is what every compressed segment begins with (RFC 1952 2.3): deflate, a comment and nothing else, no time, default effort,
// unknown system. A byte that says something else would otherwise go unseen, since no checksum covers the header.
func gzipHeader() []byte { return []byte{0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 255} }

// openGzip checks the header and returns a reader of the content and the links that the comment gives.
func openGzip(r *bufio.Reader) (*gzip.Reader, links, error) {
	var l links
	head, err := r.Peek(len(gzipHeader()))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, l, err
	}
	if !bytes.Equal(head, gzipHeader()) {
		return nil, l, errForm
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, l, err
	}
	z.Multistream(false)
	if err := json.Unmarshal([]byte(z.Comment), &l); err != nil {
		return nil, l, errForm
	}
	if again, err := json.Marshal(l); err != nil || string(again) != z.Comment {
		return nil, l, errForm
	}
	return z, l, nil
}

// linksOf reads the ends of a compressed segment without decompressing it.
func linksOf(dir string, s segment) (links, error) {
	f, err := os.Open(filepath.Join(dir, s.name))
	if err != nil {
		return links{}, err
	}
	defer f.Close()
	_, l, err := openGzip(bufio.NewReader(f))
	return l, err
}

// lineReader reads the lines of one segment.
type lineReader struct {
	file  *os.File
	raw   *bufio.Reader
	r     *bufio.Reader
	links *links // of a compressed segment
	buf   []byte
}

var (
	errTorn    = errors.New("the last line is not whole")
	errTooLong = errors.New("the line is longer than any record")
)

func openLines(dir string, s segment) (*lineReader, error) {
	f, err := os.Open(filepath.Join(dir, s.name))
	if err != nil {
		return nil, err
	}
	l := &lineReader{file: f, raw: bufio.NewReaderSize(f, 64<<10)}
	l.r = l.raw
	if !s.gzip {
		return l, nil
	}
	z, ends, err := openGzip(l.raw)
	if err != nil {
		f.Close()
		return nil, err
	}
	l.r, l.links = bufio.NewReaderSize(z, 64<<10), &ends
	return l, nil
}

func (l *lineReader) close() { l.file.Close() }

// next is the next line without its newline, valid until the call after. errTorn comes with what there is of a last line.
func (l *lineReader) next() ([]byte, error) {
	l.buf = l.buf[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		l.buf = append(l.buf, part...)
		switch {
		case len(l.buf) > maxLine:
			return l.buf, errTooLong
		case err == nil:
			return l.buf[:len(l.buf)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(l.buf) > 0:
			return l.buf, errTorn
		case errors.Is(err, io.EOF):
			return nil, l.ended()
		default:
			return l.buf, err
		}
	}
}

// ended is io.EOF, unless something follows the compressed content.
func (l *lineReader) ended() error {
	if l.links == nil {
		return io.EOF
	}
	if _, err := l.raw.ReadByte(); !errors.Is(err, io.EOF) {
		return errForm
	}
	return io.EOF
}

// ioFault tells errors of the file system from content that is not what was written.
func ioFault(err error) bool {
	var path *os.PathError
	return errors.As(err, &path)
}

// from is the index of the segment that holds seq: the last that does not begin after it.
func from(all []segment, seq uint64) int {
	i, found := slices.BinarySearchFunc(all, seq, func(s segment, seq uint64) int {
		switch {
		case s.first < seq:
			return -1
		case s.first > seq:
			return 1
		}
		return 0
	})
	if found || i == 0 {
		return i
	}
	return i - 1
}
