package evidence

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// Report is what Verify found in a log that is whole.
type Report struct {
	Segments int
	Records  uint64
	Last     Record // without its body; the zero Record in an empty log
	Head     Head   // the newest signed head
	// Unsigned counts the records after the head: chained, but whoever can write the file could have written them. 0 after Close.
	Unsigned uint64
	// TornBytes is an incomplete last line: a write that a crash, or a reader at the same time, cut. It was never acknowledged.
	TornBytes int
	// Torn lists the files into which earlier torn tails were moved.
	Torn []string
	// Pruned are the segments of which only tombstones are left; Records does not count theirs.
	Pruned []Tombstone
	// Left lists plain segments beside their compressed form: a crash came between the two steps, and Open cleans up.
	Left []string
}

// Verify reads a whole log, which may be in use, and checks every byte of it: each line's form and hash, each link, the names and headers of
// segments, and the signed head. The Fault is the first thing that is wrong; with one, the report says what was read before.
//
// The head's key is the one that the log itself names. Compare Report.Head.Key with what was printed when the log began, or use VerifyAgainst.
func Verify(dir string) (Report, *Fault) { return verify(dir, nil) }

// VerifyAgainst is Verify, and checks as well that the log still holds the record that a head from elsewhere names, under the same key:
// then nothing up to that record was changed since the head was signed, not even by the owner of the key.
func VerifyAgainst(dir string, h Head) (Report, *Fault) {
	if err := h.Check(); err != nil {
		return Report{}, &Fault{Kind: BadHead, Segment: "the given head", Seq: h.Seq, Detail: err.Error()}
	}
	return verify(dir, &h)
}

// verify tries again if the log went on meanwhile: it was opened after a final head was read, or a segment was compressed while they were listed.
func verify(dir string, given *Head) (Report, *Fault) {
	for tries := 0; ; tries++ {
		all, head, err := openDir(dir)
		if err != nil {
			return Report{}, faultOf(err)
		}
		report, fault := verifyAs(dir, all, head, given)
		if fault == nil || tries == 2 {
			return report, fault
		}
		now, again, err := openDir(dir)
		if err != nil || again == head && slices.Equal(now, all) {
			return report, fault
		}
	}
}

func verifyAs(dir string, all []segment, head Head, given *Head) (Report, *Fault) {
	var report Report
	report.Head = head
	heads := []Head{head}
	if given != nil {
		heads = append(heads, *given)
		if given.Key != head.Key {
			return report, &Fault{Kind: BadHead, Segment: headFile, Detail: fmt.Sprintf("this log's key is %s, the given head's %s", head.Key, given.Key)}
		}
	}
	report.Torn, report.Left = remains(dir)
	source := &dirLines{dir: dir, segs: all}
	defer source.close()
	c := &chain{lines: source, want: 1, prev: head.Key.Root(), key: head.Key}
	told := announcements{}
	for {
		r, err := c.next()
		if err == nil {
			report.Records, report.Last = report.Records+1, r
			report.Last.Body = nil
			told.take(r)
			if err := against(heads, r, c.at); err != nil {
				return report, err
			}
			continue
		}
		if errors.Is(err, errTorn) {
			report.TornBytes = len(source.cur.buf)
		} else if !errors.Is(err, io.EOF) {
			return report, faultOf(err)
		}
		break
	}
	report.Pruned, report.Segments = c.gone, len(all)-len(c.gone)
	if f := told.judge(c.gone, heads); f != nil {
		return report, f
	}
	report.Unsigned = c.want - 1 - min(head.Seq, c.want-1)
	return report, endFault(heads, c, report.TornBytes)
}

// against compares a record with the heads that name it.
func against(heads []Head, r Record, at place) *Fault {
	for _, h := range heads {
		if h.Seq == r.Seq && h.Hash != r.Hash {
			return &Fault{
				Kind: Changed, Segment: at.segment, Line: at.line, Seq: r.Seq,
				Detail: "another record was signed: this one, or one before it, was written anew",
			}
		}
		if h.Final && h.Seq+1 == r.Seq && h == heads[0] {
			return &Fault{Kind: Inserted, Segment: at.segment, Line: at.line, Seq: r.Seq, Detail: "the log was closed before this record"}
		}
	}
	return nil
}

// endFault looks at the end of the log: it must be no earlier than any head, and right there where the log was closed.
func endFault(heads []Head, c *chain, torn int) *Fault {
	end := c.want - 1
	for _, h := range heads {
		if end < h.Seq {
			return &Fault{
				Kind: Cut, Segment: c.at.segment, Line: c.at.line + 1, Seq: c.want,
				Detail: fmt.Sprintf("the log was signed up to record %d and ends at %d", h.Seq, end),
			}
		}
	}
	if torn > 0 && heads[0].Final {
		return &Fault{Kind: Inserted, Segment: c.at.segment, Line: c.at.line + 1, Seq: c.want, Detail: "bytes after the end of a log that was closed"}
	}
	return nil
}

func faultOf(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return &Fault{Kind: Unread, Detail: err.Error(), Err: err}
}

// remains lists what crashes left behind.
func remains(dir string) (torn, left []string) {
	torn, _ = filepath.Glob(filepath.Join(dir, "*"+tornEnding))
	for i := range torn {
		torn[i] = filepath.Base(torn[i])
	}
	_, plain, _ := segments(dir)
	for _, s := range plain {
		left = append(left, s.name)
	}
	return torn, left
}
