package output

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ManifestName is the manifest's path in the tree. "sha256sum --check" reads it.
const ManifestName = ".obsgen-manifest"

// digest is the SHA-256 of a file's content, or nothing but zeros for no file.
type digest [sha256.Size]byte

// digestOf returns the digest of a content.
func digestOf(data []byte) digest { return sha256.Sum256(data) }

// manifest holds, by path, what the files may hold that are our own. Usually that is one content a file; while files are
// being replaced it is both the old and the new, so that a run that was killed half way leaves nothing that the next run
// would take for somebody else's change.
type manifest map[string][]digest

// owns reports whether a content is one that we wrote.
func (m manifest) owns(name string, data []byte) bool {
	return slices.Contains(m[name], digestOf(data))
}

// parseManifest reads the format of sha256sum: digest, two spaces, path.
func parseManifest(data []byte) (manifest, error) {
	m := make(manifest)
	number := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		number++
		if line == "" {
			continue
		}
		sum, name, found := strings.Cut(line, "  ")
		raw, err := hex.DecodeString(sum)
		if !found || err != nil || len(raw) != sha256.Size || checkPath(name) != nil {
			return nil, fmt.Errorf("%s:%d: not a line of sha256sum: restore the file from version control, or delete it together with all generated files",
				ManifestName, number)
		}
		m[name] = append(m[name], digest(raw))
	}
	return m, nil
}

// bytes writes the manifest, sorted by path.
func (m manifest) bytes() []byte {
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(m)) {
		for _, sum := range m[name] {
			fmt.Fprintf(&out, "%x  %s\n", sum, name)
		}
	}
	return out.Bytes()
}

// union returns a manifest that owns what either of two owns.
func (m manifest) union(other manifest) manifest {
	both := maps.Clone(m)
	for name, sums := range other {
		for _, sum := range sums {
			if !slices.Contains(both[name], sum) {
				both[name] = append(slices.Clone(both[name]), sum)
			}
		}
	}
	return both
}
