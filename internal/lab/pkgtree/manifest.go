package pkgtree

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// manifestName is the file beside a tree's root which lists its packages, one a line: digest, package, version, architecture.
const manifestName = "manifest.txt"

// writeManifest writes one line a package.
func writeManifest(w io.Writer, pkgs []Package) error {
	for _, p := range pkgs {
		if _, err := fmt.Fprintf(w, "%s  %s %s %s\n", p.SHA256, p.Name, p.Version, p.Arch); err != nil {
			return err
		}
	}
	return nil
}

// readManifest is the inverse of writeManifest; a line of another shape is an error.
func readManifest(r io.Reader) ([]Package, error) {
	var pkgs []Package
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		f := strings.Fields(lines.Text())
		if len(f) != 4 || len(f[0]) != hex.EncodedLen(sha256.Size) {
			return nil, fmt.Errorf("line %d: want digest, package, version and architecture, got %q", n, lines.Text())
		}
		pkgs = append(pkgs, Package{SHA256: f[0], Name: f[1], Version: f[2], Arch: f[3]})
	}
	return pkgs, lines.Err()
}

// describe reads what a .deb file says it is and computes its digest.
func describe(ctx context.Context, deb string) (Package, error) {
	out, err := exec.CommandContext(ctx, "dpkg-deb", "--show", "--showformat", "${Package} ${Version} ${Architecture}", deb).Output()
	if err != nil {
		return Package{}, fmt.Errorf("dpkg-deb --show %s: %w", deb, commandError(err))
	}
	f := strings.Fields(string(out))
	if len(f) != 3 {
		return Package{}, fmt.Errorf("dpkg-deb --show %s: unexpected answer %q", deb, out)
	}
	sum, err := digest(deb)
	if err != nil {
		return Package{}, err
	}
	return Package{Name: f[0], Version: f[1], Arch: f[2], SHA256: sum}, nil
}

// digest is the hexadecimal SHA-256 of a file.
func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
