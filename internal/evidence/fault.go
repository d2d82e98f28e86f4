package evidence

import "fmt"

// FaultKind is what is wrong with a log.
type FaultKind string

// The kinds of fault.
const (
	Changed  FaultKind = "changed"    // bytes of a record are not what was written
	Removed  FaultKind = "removed"    // a record between two others is missing
	Swapped  FaultKind = "swapped"    // two neighbours changed places
	Inserted FaultKind = "inserted"   // a line stands where none was: foreign, a copy, or after the log was closed
	Cut      FaultKind = "cut"        // the log ends before a record that was signed
	BadHead  FaultKind = "head"       // the signed head is missing, changed, or of another chain
	Unread   FaultKind = "unreadable" // the file system gave an error
)

// Fault is the first thing that is wrong with a log or a bundle, and where it is.
type Fault struct {
	Kind    FaultKind
	Segment string // name of the file
	Line    int    // from 1; 0 if no line is meant
	Seq     uint64 // of the record that is wrong or missing; 0 if none is meant
	Detail  string
	Err     error // of the file system, if any
}

// Error is one line: `segment:line: seq N: kind: detail`.
func (f *Fault) Error() string {
	where := f.Segment
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, f.Line)
	}
	if f.Seq > 0 {
		where = fmt.Sprintf("%s: seq %d", where, f.Seq)
	}
	return fmt.Sprintf("%s: %s: %s", where, f.Kind, f.Detail)
}

// Unwrap is the error of the file system.
func (f *Fault) Unwrap() error { return f.Err }
