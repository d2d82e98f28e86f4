// Package terminal tells whether somebody sees what is written right away, so that colours and a screen that is redrawn make sense. It knows nothing of
// colours, and reads no environment.
package terminal

import (
	"io"
	"os"
)

// Is tells whether w is a character device, as terminals are (inode(7), S_IFCHR), and no file, pipe or buffer. So is the null device, where nobody minds.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
