package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// module is one dependency.
type module struct {
	Path, Version, Sum string
	Dir                string // its sources
	licences           []string
	notice             string // the whole text that has to go along
}

// linked are the modules that a program was built of, as the program says itself.
func linked(program string) (main module, deps []module, goVersion string, err error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return module{}, nil, "", fmt.Errorf("what %s was built of: %w", program, err)
	}
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		deps = append(deps, module{Path: d.Path, Version: d.Version, Sum: d.Sum})
	}
	return module{Path: info.Path, Version: info.Main.Version}, deps, info.GoVersion, nil
}

// needed asks the go command for the modules of packages, with the folders of their sources.
func (s settings) needed(ctx context.Context, dir string, args ...string) (map[string]module, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-mod=readonly", "-deps", "-json=Module"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=", "GOWORK=off")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w: %s", dir, err, bytes.TrimSpace(complaint.Bytes()))
	}
	found := map[string]module{}
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var p struct {
			Module *struct {
				module
				Replace *module
			}
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list in %s: %w", dir, err)
		}
		if p.Module == nil || strings.HasPrefix(p.Module.Path, "github.com/voipbin/observability") {
			continue
		}
		m := p.Module.module
		if p.Module.Replace != nil {
			m = *p.Module.Replace
		}
		found[m.Path] = m
	}
}

// sorted are modules in the order of their paths.
func sorted(modules map[string]module) []module {
	list := make([]module, 0, len(modules))
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		list = append(list, modules[path])
	}
	return list
}
