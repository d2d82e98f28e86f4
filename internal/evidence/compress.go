package evidence

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// packLater compresses a closed segment beside the taking of records, one at a time. What fails stays as it is, and Open tries again.
func (l *Log) packLater(s segment) {
	l.packing.Go(func() {
		l.pack <- struct{}{}
		defer func() { <-l.pack }()
		if err := compress(l.opt.FS, l.dir, s); err != nil {
			l.opt.OnTrouble(fmt.Errorf("compress %s: %w", s.name, err))
		}
	})
}

// compress replaces a plain segment. At every step a crash leaves either the plain file, or both, or the compressed one: it appears under
// its name only when it is whole and on the disk, and the plain one goes only after that.
func compress(fsys FS, dir string, s segment) error {
	ends, err := endsOf(dir, s)
	if err != nil {
		return err
	}
	plain := filepath.Join(dir, s.name)
	comment, err := json.Marshal(ends)
	if err != nil {
		return err
	}
	err = replaceFile(fsys, plain+".gz", 0o644, func(w io.Writer) error { return gzipFile(w, plain, string(comment)) })
	if err != nil {
		return err
	}
	if err := samePacked(dir, s); err != nil {
		return errors.Join(err, fsys.Remove(plain+".gz"))
	}
	if err := fsys.Remove(plain); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

func gzipFile(w io.Writer, plain, comment string) error {
	f, err := os.Open(plain)
	if err != nil {
		return err
	}
	defer f.Close()
	z := gzip.NewWriter(onlyWriter{w})
	z.Comment = comment
	if _, err := io.Copy(z, f); err != nil {
		return err
	}
	return z.Close()
}

// endsOf reads a closed plain segment, checks its records, and returns its ends.
func endsOf(dir string, s segment) (links, error) {
	source := &dirLines{dir: dir, segs: []segment{s}}
	defer source.close()
	c := &chain{lines: source, want: s.first, loose: true}
	for {
		_, err := c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return links{}, err
		}
	}
	if source.seen.Last == 0 {
		return links{}, errors.New("it is empty")
	}
	return source.seen, nil
}

// samePacked compares a plain segment with its compressed form, byte for byte.
func samePacked(dir string, s segment) error {
	plain, err := os.Open(filepath.Join(dir, s.name))
	if err != nil {
		return err
	}
	defer plain.Close()
	packed, err := os.Open(filepath.Join(dir, s.name+".gz"))
	if err != nil {
		return err
	}
	defer packed.Close()
	z, _, err := openGzip(bufio.NewReader(packed))
	if err != nil {
		return &Fault{Kind: Changed, Segment: s.name + ".gz", Seq: s.first, Detail: err.Error()}
	}
	a, b := sha256.New(), sha256.New()
	if _, err := io.Copy(a, plain); err != nil {
		return err
	}
	_, err = io.Copy(b, z)
	if err != nil || string(a.Sum(nil)) != string(b.Sum(nil)) {
		return &Fault{Kind: Changed, Segment: s.name + ".gz", Seq: s.first, Detail: "it is not what " + s.name + " holds"}
	}
	return nil
}
