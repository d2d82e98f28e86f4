package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// specFolder is the spec that the repository ships.
func specFolder() string { return filepath.Join("..", "..", "spec") }

// noEnv is an empty environment.
func noEnv(string) string { return "" }

func TestCancelledRunWritesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "out")
	var stderr bytes.Buffer
	code := run(ctx, []string{"generate", "-spec", specFolder(), "-out", dir}, noEnv, nil, io.Discard, &stderr)
	if code != exitFailure || !strings.Contains(stderr.String(), context.Canceled.Error()) {
		t.Errorf("want exit code %d and %v, got %d and %q", exitFailure, context.Canceled, code, stderr.String())
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestHugeTargetsAreRefused(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	endless := io.LimitReader(zeros{}, 1<<30)
	code := run(t.Context(), []string{"generate", "-spec", specFolder(), "-out", t.TempDir(), "-targets", "-"}, noEnv, endless, io.Discard, &stderr)
	if want := "obsgen: read targets: larger than 1048576 bytes\n"; code != exitFailure || want != stderr.String() {
		t.Errorf("want exit code %d and %q, got %d and %q", exitFailure, want, code, stderr.String())
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestColourNeedsATerminal shows that what is piped holds no escape sequences. A terminal is not to be had in a test; the
// sequences themselves are tested where they are made.
func TestColourNeedsATerminal(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	if code := run(t.Context(), []string{"check", "-spec", t.TempDir()}, noEnv, nil, io.Discard, file); code != exitFailure {
		t.Errorf("exit code: want %d, got %d", exitFailure, code)
	}
	text, err := os.ReadFile(file.Name())
	if err != nil || len(text) == 0 || bytes.ContainsRune(text, '\x1b') {
		t.Errorf("want text without escape sequences, got %q, %v", text, err)
	}
}

// TestWriteDiff covers what a tree of generated files never shows: empty files.
func TestWriteDiff(t *testing.T) {
	t.Parallel()
	f := func(before, after []byte, want string) {
		t.Helper()
		var out strings.Builder
		if err := writeDiff(&out, "x", before, after); err != nil {
			t.Fatal(err)
		}
		if want != out.String() {
			t.Errorf("%q, %q:\nwant %q\ngot  %q", before, after, want, out.String())
		}
	}
	f(nil, []byte("a\n"), "diff /dev/null b/x\n--- /dev/null\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n")
	f([]byte("a\n"), nil, "diff a/x /dev/null\n--- a/x\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n")
	f(nil, []byte{}, "diff /dev/null b/x\n")
	f([]byte("a\n"), []byte("b\n"), "diff a/x b/x\n--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+b\n")
}

// BenchmarkBuild measures the whole output in memory: the spec read, every rule, board and page built and encoded.
func BenchmarkBuild(b *testing.B) {
	p := &program{stdout: io.Discard, stderr: io.Discard}
	b.ReportAllocs()
	for b.Loop() {
		made, err := p.build(generateOptions{specDir: specFolder()})
		if err != nil {
			b.Fatal(err)
		}
		total := 0
		for _, f := range made.files {
			var written bytes.Buffer
			if f.Write != nil {
				if err := f.Write(&written); err != nil {
					b.Fatal(err)
				}
			}
			total += len(f.Data) + written.Len()
		}
		b.ReportMetric(float64(len(made.files)), "files")
		b.ReportMetric(float64(total), "bytes-out")
	}
}

// BenchmarkGenerate measures the command as it is used: into an empty folder, and again when nothing has changed.
func BenchmarkGenerate(b *testing.B) {
	generate := func(b *testing.B, dir string) {
		b.Helper()
		if code := run(b.Context(), []string{"generate", "-spec", specFolder(), "-out", dir}, noEnv, nil, io.Discard, io.Discard); code != exitOK {
			b.Fatalf("exit code %d", code)
		}
	}
	b.Run("fresh", func(b *testing.B) {
		for b.Loop() {
			generate(b, b.TempDir())
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		dir := b.TempDir()
		generate(b, dir)
		for b.Loop() {
			generate(b, dir)
		}
	})
}
