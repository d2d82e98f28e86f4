package evidence

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	prunedEnding = ".pruned"
	// KindPruned is the kind of the records with which a log tells of itself that a segment was pruned; nobody else may append it.
	KindPruned = "pruned"
	// tombstoneDomain is signed before a tombstone's own bytes, so that no head's signature fits it.
	tombstoneDomain = "voipbin evidence tombstone 1\n"
)

// Tombstone stands for a segment that was pruned: its ends, so that the chain goes on over it, and what it was. It is signed, and a record of
// the log itself says the same, so that it stands under all later heads too.
type Tombstone struct {
	Version int    `json:"tombstone"` // 1
	First   uint64 `json:"first"`     // seq
	Last    uint64 `json:"last"`
	Prev    Hash   `json:"prev"`  // of the first record
	Hash    Hash   `json:"hash"`  // of the last record
	Began   int64  `json:"began"` // at of the first record
	At      int64  `json:"at"`    // of the last record
	// Bytes and SHA256 are of the segment's lines, uncompressed: a copy that was kept elsewhere can still be told from a forged one.
	Bytes  int64  `json:"bytes"`
	SHA256 Hash   `json:"sha256"`
	Why    string `json:"why"` // the rule, in words
	Key    Key    `json:"key"`
	Sig    Sig    `json:"sig,omitzero"`
}

// Pruned is the body of a record of KindPruned.
type Pruned struct {
	Tombstone Tombstone `json:"tombstone"`
	// Earlier are those that records of the segment told of: with the years the telling is pruned too.
	Earlier []Tombstone `json:"earlier,omitempty"`
	// Kept is what whoever pruned wanted to be kept of the segment.
	Kept json.RawMessage `json:"kept,omitempty"`
}

func (t Tombstone) signed() ([]byte, error) {
	t.Sig = Sig{}
	b, err := json.Marshal(t)
	return append([]byte(tombstoneDomain), b...), err
}

func (t *Tombstone) sign(key ed25519.PrivateKey) error {
	t.Version, t.Sig = 1, Sig{}
	copy(t.Key[:], key.Public().(ed25519.PublicKey))
	signed, err := t.signed()
	if err != nil {
		return err
	}
	copy(t.Sig[:], ed25519.Sign(key, signed))
	return nil
}

// Check tells whether the signature is right for the key that the tombstone names.
func (t Tombstone) Check() error {
	if t.Version != 1 {
		return fmt.Errorf("version %d: this program knows 1", t.Version)
	}
	signed, err := t.signed()
	if err != nil {
		return err
	}
	if !ed25519.Verify(t.Key[:], signed, t.Sig[:]) {
		return errors.New("the signature is not right")
	}
	if t.First == 0 || t.Last < t.First {
		return fmt.Errorf("records %d to %d: want 1 <= first <= last", t.First, t.Last)
	}
	return nil
}

// tombstoneOf reads the one form in which a tombstone is written.
func tombstoneOf(dir string, s segment) (Tombstone, error) {
	text, err := os.ReadFile(filepath.Join(dir, s.name))
	if err != nil {
		return Tombstone{}, err
	}
	var t Tombstone
	line := bytes.TrimSuffix(text, []byte("\n"))
	if json.Unmarshal(line, &t) != nil {
		return t, errors.New("not the JSON of a tombstone")
	}
	if again, err := json.Marshal(t); err != nil || !bytes.Equal(again, line) || len(line) == len(text) {
		return t, errors.New("not in the form in which tombstones are written")
	}
	if t.First != s.first {
		return t, fmt.Errorf("the file is named for record %d and is of %d", s.first, t.First)
	}
	return t, t.Check()
}

// buried is what a directory's lines say in place of a pruned segment's.
type buried struct{ Tombstone }

// Error is never shown: the chain takes it.
func (b *buried) Error() string { return "a segment was pruned" }

// over goes on behind a pruned segment.
func (c *chain) over(t Tombstone, at place) error {
	fault := func(kind FaultKind, detail string) error {
		return &Fault{Kind: kind, Segment: at.segment, Line: 1, Seq: c.want, Detail: detail}
	}
	switch {
	case t.Key != c.key:
		return fault(Changed, "the tombstone is signed by "+t.Key.String())
	case c.loose:
	case t.First > c.want:
		return fault(Removed, missing(c.want, t.First-1))
	case t.First < c.want:
		return fault(Inserted, "another segment holds these records")
	case t.Prev != c.prev:
		return fault(Changed, "it does not follow the record, or the root, before")
	}
	c.want, c.prev, c.loose, c.at, c.last = t.Last+1, t.Hash, false, place{segment: at.segment, line: 1}, t.At
	c.gone = append(c.gone, t)
	return nil
}

// announcements are the tombstones that records of the log tell of.
type announcements map[Tombstone]bool

func (a announcements) take(r Record) {
	var p Pruned
	if r.Kind == KindPruned && json.Unmarshal(r.Body, &p) == nil {
		a[p.Tombstone] = true
		for _, t := range p.Earlier {
			a[t] = true
		}
	}
}

// judge finds a tombstone that no record tells of: it was put there without the log's own hand. Of a head from elsewhere it finds whether its record
// went.
func (a announcements) judge(gone []Tombstone, heads []Head) *Fault {
	for _, t := range gone {
		if !a[t] {
			return unannounced(t)
		}
		for _, h := range heads {
			if h.Seq < t.First || h.Seq > t.Last || h.Seq == t.Last && h.Hash == t.Hash {
				continue
			}
			f := unannounced(t)
			f.Seq, f.Detail = h.Seq, fmt.Sprintf("record %d, which the head names, was pruned: %s", h.Seq, t.Why)
			if h.Seq == t.Last {
				f.Kind, f.Detail = Changed, "another record was signed"
			}
			return f
		}
	}
	return nil
}

// unannounced is the fault of a tombstone that no record of the log tells of.
func unannounced(t Tombstone) *Fault {
	return &Fault{
		Kind: Removed, Segment: fmt.Sprintf("%0*d%s", seqDigits, t.First, prunedEnding), Line: 1, Seq: t.First,
		Detail: missing(t.First, t.Last) + ", and no record of the log says that they were pruned",
	}
}

// finishPruning removes what is left of a segment beside its tombstone: a crash came between the two steps.
func (l *Log) finishPruning(s segment) error {
	if _, err := tombstoneOf(l.dir, segment{name: fmt.Sprintf("%0*d%s", seqDigits, s.first, prunedEnding), first: s.first}); err != nil {
		return &Fault{Kind: Changed, Segment: s.name, Seq: s.first, Detail: "its tombstone: " + err.Error()}
	}
	return l.opt.FS.Remove(filepath.Join(l.dir, s.name))
}

// writeTombstone puts the tombstone beside the segment, and takes the segment away when that is on the disk.
func (l *Log) writeTombstone(t Tombstone, s segment) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	name := filepath.Join(l.dir, fmt.Sprintf("%0*d%s", seqDigits, t.First, prunedEnding))
	err = replaceFile(l.opt.FS, name, 0o644, func(w io.Writer) error { return writeAll(w, append(text, '\n')) })
	if err != nil {
		return err
	}
	if err := l.opt.FS.Remove(filepath.Join(l.dir, s.name)); err != nil {
		return err
	}
	return l.opt.FS.SyncDir(l.dir)
}
