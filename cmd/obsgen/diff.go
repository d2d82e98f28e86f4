package main

import (
	"errors"
	"io"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/voipbin/observability/internal/output"
)

// noFile is what diff and patch call a file that is not there.
const noFile = "/dev/null"

// writeChange prints a change as a unified diff that patch understands, headed by the reason why obsgen would refuse to make
// it, if it would.
func writeChange(w io.Writer, c output.Change) error {
	before, errBefore := c.Old()
	after, errAfter := c.New()
	if err := errors.Join(errBefore, errAfter); err != nil {
		return err
	}
	if c.Refused != "" {
		if _, err := io.WriteString(w, "# "+c.Path+" "+c.Refused+"\n"); err != nil {
			return err
		}
	}
	return writeDiff(w, c.Path, before, after)
}

// writeDiff prints the difference of two contents; nil is no file.
func writeDiff(w io.Writer, path string, before, after []byte) error {
	oldName, newName := "a/"+path, "b/"+path
	if before == nil {
		oldName = noFile
	}
	if after == nil {
		newName = noFile
	}
	text := diff.Diff(oldName, before, newName, after)
	if len(text) == 0 { // an empty file that appears or goes: it has no lines to compare
		text = []byte("diff " + oldName + " " + newName + "\n")
	}
	_, err := w.Write(text)
	return err
}
