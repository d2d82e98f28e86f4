package chromium

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Variable is the environment variable that names the Chromium to use.
const Variable = "CHROMIUM"

// ErrNone is wrapped by Find when this host has no Chromium.
var ErrNone = errors.New("no Chromium on this host")

// names are the programs that will do, best first: Debian's, other distributions', and the vendor's build.
func names() []string {
	return []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
}

// Find is the path of this host's Chromium: the one that the environment variable CHROMIUM names, or the first in PATH. The error wraps
// ErrNone if there is none; that CHROMIUM names something that cannot be run is another error, so that a slip is not passed over.
func Find(getenv func(string) string) (string, error) {
	if path := getenv(Variable); path != "" {
		if err := runnable(path); err != nil {
			return "", fmt.Errorf("%s=%s: %w: name a Chromium or unset the variable", Variable, path, err)
		}
		return path, nil
	}
	for _, name := range names() {
		for _, dir := range filepath.SplitList(getenv("PATH")) {
			path := filepath.Join(dir, name)
			if filepath.IsAbs(path) && runnable(path) == nil { // a program of the working directory is nobody's choice
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("%w: %s names one, and `make setup` obtains one without installing it", ErrNone, Variable)
}

func runnable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		var p *fs.PathError
		if errors.As(err, &p) {
			return p.Err // the path is told already
		}
		return err
	case info.IsDir():
		return errors.New("is a folder")
	case info.Mode()&0o111 == 0:
		return errors.New("is no program")
	}
	return nil
}
