package main

import (
	"io"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/voipbin/observability/internal/output"
)

// noFile is what diff and patch call a file that is not there.
const noFile = "/dev/null"

// writeDiff prints a change as a unified diff that patch understands, headed by the reason why obsgen would refuse to make
// it, if it would.
func writeDiff(w io.Writer, c output.Change) error {
	oldName, newName := "a/"+c.Path, "b/"+c.Path
	if c.Old == nil {
		oldName = noFile
	}
	if c.New == nil {
		newName = noFile
	}
	text := diff.Diff(oldName, c.Old, newName, c.New)
	if len(text) == 0 { // an empty file that appears or goes: it has no lines to compare
		text = []byte("diff " + oldName + " " + newName + "\n")
	}
	if c.Refused != "" {
		text = append([]byte("# "+c.Path+" "+c.Refused+"\n"), text...)
	}
	_, err := w.Write(text)
	return err
}
