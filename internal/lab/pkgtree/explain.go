package pkgtree

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
)

// unpackFactor is the disk that a tree needs while it is built, as a multiple of its download: the packages themselves and four times
// that unpacked (measured: 48 MB become 198 MB).
const unpackFactor = 5.5

// indexBytes is the disk without which the package index is not even asked for: apt-get 2.6 waits for ever where it does not fit
// (Debian 12's indexes take 20 MB compressed, and are unpacked in passing).
const indexBytes = 100e6

// cause maps what apt, dpkg-deb and tar say to what it means for the person at the keyboard. The first match counts.
type cause struct {
	says []string
	err  error
	hint string
}

func causes() []cause {
	return []cause{
		{[]string{"No space left on device", "enough free space"}, ErrDiskFull, "free some space and run again"},
		{[]string{"is expired", "Valid-Until"}, nil, "the mirror's metadata is past its date: allow that by name (--allow-expired) if you mean it"},
		{[]string{"NO_PUBKEY", "is not signed", "not available for signature"}, nil, "this host has no key for that suite: install debian-archive-keyring"},
		{[]string{"Unable to locate package", "has no installation candidate", "Couldn't find any package"}, nil, "the suite does not have it: see the host's apt sources"},
		{[]string{
			"Temporary failure resolving", "Could not resolve", "Could not connect", "Unable to connect", "Connection failed",
			"Network is unreachable", "Connection timed out", "connection timed out", "Failed to fetch",
		}, ErrNoNetwork, "apt-get cannot reach the package mirror this host is configured for"},
	}
}

// explain makes one line out of the many that a failed tool writes. The tool's own first complaint is kept, for it names the object.
func explain(stderr string, err error) error {
	first := complaint(stderr)
	for _, c := range causes() {
		for _, s := range c.says {
			if !strings.Contains(stderr, s) {
				continue
			}
			if c.err != nil {
				return fmt.Errorf("%w: %s (%s)", c.err, c.hint, first)
			}
			return fmt.Errorf("%s: %s", first, c.hint)
		}
	}
	if first == "" {
		return err
	}
	return fmt.Errorf("%s: %w", first, err)
}

// complaint is the first line of error output that says something: an "E:" line if there is one.
func complaint(stderr string) string {
	found := ""
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if after, ok := strings.CutPrefix(line, "E: "); ok {
			return after
		}
		if found == "" {
			found = strings.TrimPrefix(line, "W: ")
		}
	}
	return found
}

// startError says what a missing tool means.
func startError(tool string, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s not found: daemons are obtained as Debian packages; put them into PATH yourself or use Debian or Ubuntu", tool)
	}
	return fmt.Errorf("%s: %w", tool, err)
}

// commandError adds a failed command's own words to its exit status.
func commandError(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return explain(string(exit.Stderr), err)
	}
	return err
}

// roomFor refuses early what would fail after minutes, or hang.
func roomFor(dir string, bytes float64) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("free space of %s: %w", dir, err)
	}
	need, free := uint64(bytes), fs.Bavail*uint64(fs.Bsize)
	if free < need {
		return fmt.Errorf("%w: the packages need about %d MB below %s and %d MB are free", ErrDiskFull, need/1e6, dir, free/1e6)
	}
	return nil
}
