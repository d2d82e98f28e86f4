package pkgtree

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// osRelease is where a system says what it is: os-release(5).
const osRelease = "/etc/os-release"

// host is what this machine says about itself.
type host struct {
	id, codename string
}

// readHost reads an os-release file.
func readHost(path string) (host, error) {
	f, err := os.Open(path)
	if err != nil {
		return host{}, fmt.Errorf("read what system this is: %w", err)
	}
	defer f.Close()
	h, err := parseHost(f)
	if err != nil {
		return host{}, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

func parseHost(r io.Reader) (host, error) {
	var h host
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), "=")
		value = strings.Trim(value, `"'`)
		switch key {
		case "ID":
			h.id = value
		case "VERSION_CODENAME":
			h.codename = value
		}
	}
	if err := lines.Err(); err != nil {
		return host{}, err
	}
	if h.id == "" {
		return host{}, fmt.Errorf("no ID line: not an os-release file")
	}
	return h, nil
}
