package toolchain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Module is one foreign program of a module that is built as the main one, with its own go.mod and go.sum: those that replace what they
// depend on are refused by "go install".
type Module struct {
	// Name is the program's name.
	Name string
	// Path is the module's, Version its version, such as "v0.42.4", and Sum that of go.sum, "h1:...".
	Path, Version, Sum string
	// Package is the folder of the main package in the module, such as "./cmd/thanos".
	Package string
	// Tags are the build tags of the released program, comma-separated; some do not work without theirs.
	Tags string
}

// InstallModule returns the path of the program, which it builds where dir has none of that version. Its sources are the module's in the
// cache of modules, which nobody may change; they have to have the sum that is given.
func InstallModule(ctx context.Context, dir string, progress func(string), m Module) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, strings.TrimSuffix(m.Name+"-"+m.Version+"-"+m.Tags, "-"))
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	source, err := m.download(ctx)
	if err != nil {
		return "", fmt.Errorf("build %s %s: %w", m.Name, m.Version, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	// Without what only a debugger reads: such programs are large. Under another name until it is whole: another run may build the same.
	half := fmt.Sprintf("%s.%d", program, os.Getpid())
	defer func() { _ = os.Remove(half) }() // where it was not made whole
	if err := goRun(ctx, source, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOWORK=off"), progress, "build", "-v", "-trimpath", "-o", half, "-ldflags=-s -w", "-tags="+m.Tags, m.Package); err != nil {
		return "", fmt.Errorf("build %s %s: %w", m.Name, m.Version, err)
	}
	return program, os.Rename(half, program)
}

// download obtains the module and returns the folder of its sources.
func (m Module) download(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", m.Path+"@"+m.Version)
	cmd.Dir = os.TempDir() // in no module
	text, runErr := cmd.Output()
	var found struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(text, &found); err != nil {
		return "", errors.Join(runErr, err)
	}
	switch {
	case found.Error != "":
		return "", explain([]string{found.Error}, runErr)
	case found.Sum != m.Sum:
		return "", fmt.Errorf("the sum of %s is %s, want %s: it is not what was looked at", m.Path, found.Sum, m.Sum)
	}
	return found.Dir, nil
}
