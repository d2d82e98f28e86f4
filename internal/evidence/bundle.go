package evidence

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// bundleName stands for the file's name in a bundle's faults: a bundle is read from anywhere.
const bundleName = "bundle"

// Slice is a part of a chain as a bundle holds it: one line with this, then the lines of its records as they stand in the log, the last of
// which the head signs. A bundle is one slice or more, of one chain or several: bundles are joined by writing one after the other.
type Slice struct {
	Version int    `json:"bundle"` // 1
	From    uint64 `json:"from"`   // seq of the first record
	Prev    Hash   `json:"prev"`   // its link to the record before
	Head    Head   `json:"head"`   // signed for the last record
}

// Export writes records from one seq to another, both in it, as a bundle: what it needs to be checked is in it, but for the knowledge whose
// key it is.
func (l *Log) Export(w io.Writer, from, to uint64) error {
	if end := l.Head().Seq; to > end {
		return fmt.Errorf("export records %d to %d: the log ends at %d", from, to, end)
	}
	return Export(w, l.dir, from, to, l.key)
}

// Export is (*Log).Export from outside of the process that has the log open; key is that of the log.
func Export(w io.Writer, dir string, from, to uint64, key ed25519.PrivateKey) error {
	if from == 0 || to < from {
		return fmt.Errorf("export records %d to %d: want 1 <= first <= last", from, to)
	}
	_, head, err := openDir(dir)
	if err != nil {
		return err
	}
	if Key(key.Public().(ed25519.PublicKey)) != head.Key {
		return fmt.Errorf("export: the key is not that of the log, which is %s", head.Key)
	}
	slice := Slice{Version: 1, From: from}
	last, err := each(dir, from, to, func(r Record) error {
		if r.Seq == from {
			slice.Prev = r.Prev
		}
		return nil
	})
	if err != nil {
		return err
	}
	slice.Head = Head{Name: head.Name, Seq: last.Seq, At: last.At, Hash: last.Hash}
	if err := slice.Head.sign(key); err != nil {
		return err
	}
	text, err := json.Marshal(slice)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	_, _ = out.Write(append(text, '\n')) // Flush tells
	again, err := each(dir, from, to, func(r Record) error {
		_, err := out.Write(appendLine(nil, &r))
		return err
	})
	if err == nil && again.Hash != last.Hash {
		err = errors.New("the log changed while it was read")
	}
	return errors.Join(err, out.Flush())
}

// each reads a range of records and returns the last.
func each(dir string, from, to uint64, do func(Record) error) (Record, error) {
	next := from
	for r, err := range Read(dir, from) {
		if err == nil && r.Seq != next {
			err = fmt.Errorf("export records %d to %d: records %d to %d were pruned", from, to, next, r.Seq-1)
		}
		if err == nil {
			next, err = r.Seq+1, do(r)
		}
		if err != nil || r.Seq == to {
			return r, err
		}
	}
	return Record{}, fmt.Errorf("export records %d to %d: the log ends before", from, to)
}

// VerifyBundle reads a bundle and checks each slice against its own chain and head. It returns the slices that are whole. Compare their
// heads' keys with what was printed when the logs began: a bundle alone cannot tell whose they are.
func VerifyBundle(r io.Reader) ([]Slice, *Fault) {
	return readBundle(r, func(int, Record) {})
}

// Records is a slice with its records.
type Records struct {
	Slice
	All []Record
}

// Source is the slice as one of several that are merged, named as its head is. nameOf may be nil.
func (r Records) Source(nameOf func(Record) (string, bool)) Source {
	return Source{Name: r.Head.Name, NameOf: nameOf, Records: func(yield func(Record, error) bool) {
		for _, rec := range r.All {
			if !yield(rec, nil) {
				return
			}
		}
	}}
}

// ReadBundle is VerifyBundle and keeps the records, in memory. Nothing is returned of a bundle with a fault.
func ReadBundle(r io.Reader) ([]Records, error) {
	var all []Records
	whole, fault := readBundle(r, func(slice int, rec Record) {
		if slice == len(all) {
			all = append(all, Records{})
		}
		all[slice].All = append(all[slice].All, rec)
	})
	if fault != nil {
		return nil, fault
	}
	for i, s := range whole {
		all[i].Slice = s
	}
	return all, nil
}

// bundleLines reads the lines of one slice and stops after its last record.
type bundleLines struct {
	r    *lineReader
	at   place
	left uint64 // records still to come
}

func (b *bundleLines) next() ([]byte, place, error) {
	if b.left == 0 {
		return nil, b.at, io.EOF
	}
	line, err := b.r.next()
	b.at.line++
	if err == nil {
		return line, b.at, nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, errTorn) {
		err = &Fault{Kind: Cut, Segment: b.at.segment, Line: b.at.line, Detail: fmt.Sprintf("the bundle ends where %d more records were signed", b.left)}
	}
	return line, b.at, err
}

func (b *bundleLines) took(Record) error {
	b.left--
	return nil
}

// readBundle tells took of each record with the number of its slice.
func readBundle(r io.Reader, took func(slice int, rec Record)) ([]Slice, *Fault) {
	source := &bundleLines{r: &lineReader{r: bufio.NewReaderSize(r, 64<<10)}, at: place{segment: bundleName}}
	var all []Slice
	for {
		line, err := source.r.next()
		if errors.Is(err, io.EOF) && len(all) > 0 {
			return all, nil
		}
		source.at.line++
		if err != nil {
			return all, &Fault{Kind: Cut, Segment: bundleName, Line: source.at.line, Detail: "the bundle ends where a slice should begin", Err: err}
		}
		slice, err := parseSlice(line)
		if err != nil {
			return all, &Fault{Kind: BadHead, Segment: bundleName, Line: source.at.line, Detail: err.Error()}
		}
		source.left = slice.Head.Seq - slice.From + 1
		if f := readSlice(source, slice, func(rec Record) { took(len(all), rec) }); f != nil {
			return all, f
		}
		all = append(all, slice)
	}
}

func readSlice(source *bundleLines, slice Slice, took func(Record)) *Fault {
	c := &chain{lines: source, want: slice.From, prev: slice.Prev, at: source.at}
	for {
		r, err := c.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			f := faultOf(err)
			if f.Seq == 0 {
				f.Seq = c.want
			}
			return f
		}
		if f := against([]Head{slice.Head}, r, c.at); f != nil {
			return f
		}
		took(r)
	}
}

func parseSlice(line []byte) (Slice, error) {
	var s Slice
	if err := json.Unmarshal(line, &s); err != nil {
		return s, errors.New("not the JSON of a slice's first line")
	}
	again, err := json.Marshal(s)
	switch {
	case err != nil || !bytes.Equal(again, line):
		return s, errors.New("not in the form in which a slice's first line is written")
	case s.Version != 1:
		return s, fmt.Errorf("version %d: this program knows 1", s.Version)
	case s.From == 0 || s.Head.Seq < s.From:
		return s, fmt.Errorf("records %d to %d: want 1 <= first <= last", s.From, s.Head.Seq)
	case s.From == 1 && s.Prev != s.Head.Key.Root():
		return s, errors.New("record 1 does not follow the root of the head's key")
	}
	return s, s.Head.Check()
}

// Keys lists the keys of the chains in a bundle, each once, in the order of the slices.
func Keys(all []Slice) []Key {
	var keys []Key
	for _, s := range all {
		if !slices.Contains(keys, s.Head.Key) {
			keys = append(keys, s.Head.Key)
		}
	}
	return keys
}
