package pkgtree

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
)

// indexFolder is where trees of the same sources leave the package index to each other, so that not each downloads it. Apt asks the mirror
// whether it is still the newest, and verifies it, as if it were its own.
func indexFolder(trees, sources string) string {
	sum := sha256.Sum256([]byte(sources))
	return filepath.Join(trees, "index-"+hex.EncodeToString(sum[:6]))
}

// borrowIndex links what another tree left into lists. What cannot be had is downloaded.
func borrowIndex(shared, lists string) { linkFiles(shared, lists) }

// lendIndex leaves the index to other trees. What does not work costs them a download.
func lendIndex(lists, shared string) {
	partial, err := os.MkdirTemp(filepath.Dir(shared), filepath.Base(shared)+".*")
	if err != nil {
		return
	}
	defer func() { _ = os.RemoveAll(partial) }() // gone already if all went well
	linkFiles(lists, partial)
	_ = os.RemoveAll(shared)
	_ = os.Rename(partial, shared) // another process may have been quicker with the same
}

// linkFiles makes the index files of one folder appear in another, with the times by which apt asks for newer ones. Apt replaces these files
// and never writes to one.
func linkFiles(from, to string) {
	files, err := os.ReadDir(from)
	if err != nil {
		return
	}
	for _, f := range files {
		if f.Type().IsRegular() && strings.Contains(f.Name(), "_") { // not apt's lock
			_ = os.Link(filepath.Join(from, f.Name()), filepath.Join(to, f.Name()))
		}
	}
}
