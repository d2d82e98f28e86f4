package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// programs are what a release has, by their folders. The laboratory is none: it is for a checkout.
func programs() []string {
	return []string{
		"./cmd/obsgen", "./cmd/tracker", "./cmd/exporters/kamailio_exporter", "./cmd/exporters/rtpengine_exporter",
		"./cmd/exporters/asterisk_exporter", "./cmd/exporters/sip_exporter", "./cmd/exporters/platform_exporter",
	}
}

// build builds all programs for each architecture.
func (s settings) build(ctx context.Context, stdout io.Writer) error {
	revision, err := s.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	for _, arch := range s.arches {
		out := s.binaries(arch)
		if err := os.MkdirAll(out, 0o755); err != nil {
			return err
		}
		if err := compile(ctx, s.root, out, arch, s.version, strings.TrimSpace(revision), programs()...); err != nil {
			return err
		}
		fmt.Fprintln(stdout, out)
	}
	return nil
}

// binaries is where the programs of an architecture are. It is beside the folder of the release, which holds only what is published.
func (s settings) binaries(arch string) string {
	return filepath.Join(filepath.Dir(filepath.Clean(s.out)), "programs-"+arch)
}

// compile builds programs so that the same source makes the same bytes on every machine with the same Go: no path, no clock, no C compiler
// and nothing of the checkout is in them.
func compile(ctx context.Context, root, out, arch, version, revision string, packages ...string) error {
	const variables = "github.com/prometheus/common/version."
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	args := append([]string{
		"build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-o", out + string(filepath.Separator),
		"-ldflags=-s -w -buildid= -X " + variables + "Version=" + version + " -X " + variables + "Revision=" + revision,
	}, packages...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	// Of the surroundings nothing counts but where the go command finds and keeps things.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GOWORK=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build for %s: %w: %s", arch, err, bytes.TrimSpace(text))
	}
	return nil
}

// git asks git about the repository.
func (s settings) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = s.root
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(complaint.Bytes()))
	}
	return string(text), nil
}
