package npm

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// host puts a node and an npm of our own first in PATH; npm notes each call and then does what script says.
func host(t *testing.T, version, script string) (*Node, bool, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"node": "#!/bin/sh\necho " + version + "\n",
		"npm":  "#!/bin/sh\necho \"$1\" >>" + dir + "/calls\n" + script,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	node, ok := OnHost(t.Context())
	return node, ok, dir
}

func source(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pinned")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{manifestFile, lockFile} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestEnsureOnce(t *testing.T) {
	node, ok, bin := host(t, "v18.20.4", "mkdir -p node_modules/x && echo y >node_modules/x/run\n")
	if !ok {
		t.Fatal("want Node.js 18 taken")
	}
	dir, from := filepath.Join(t.TempDir(), "npm"), source(t)
	folders := make([]string, 4)
	var wait sync.WaitGroup
	for i := range folders {
		wait.Go(func() {
			var err error
			if folders[i], err = Ensure(context.WithoutCancel(t.Context()), node, dir, from, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if calls, err := os.ReadFile(filepath.Join(bin, "calls")); err != nil || string(calls) != "ci\n" {
		t.Errorf("want npm called once, got %q, %v", calls, err)
	}
	for _, f := range folders {
		if f != folders[0] || !Complete(f) || !strings.HasPrefix(filepath.Base(f), "pinned-") {
			t.Errorf("want one complete folder, got %q", folders)
		}
	}
	if err := os.WriteFile(filepath.Join(from, lockFile), []byte("{ }"), 0o644); err != nil {
		t.Fatal(err)
	}
	if other, err := Ensure(t.Context(), node, dir, from, nil); err != nil || other == folders[0] {
		t.Errorf("want another folder for another lock, got %q, %v", other, err)
	}
}

func TestWriteTool(t *testing.T) {
	node, _, _ := host(t, "v22.1.0", "")
	folder := t.TempDir()
	if _, err := WriteTool(node, folder, "tool", "x/run"); err == nil {
		t.Error("want an error for a program that is not there")
	}
	if err := os.MkdirAll(filepath.Join(folder, "node_modules", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "node_modules", "x", "run"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		path, err := WriteTool(node, folder, "tool", "x/run")
		text, _ := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), "/node' '"+folder) {
			t.Errorf("want a script that runs node, got %q, %v", text, err)
		}
	}
}

// What npm leaves behind when it fails is no folder of packages.
func TestEnsureFails(t *testing.T) {
	f := func(script, want string) {
		t.Helper()
		node, _, _ := host(t, "v20.0.0", script+"\nexit 1\n")
		dir := filepath.Join(t.TempDir(), "npm")
		folder, err := Ensure(t.Context(), node, dir, source(t), nil)
		if err == nil || err.Error() != want || folder != "" {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	f(`echo "npm ERR! code EUSAGE" >&2; echo "npm ERR! lock and manifest differ" >&2`, "npm packages of pinned: lock and manifest differ")
	f(`echo "Warning: x" >&2; echo "npm error code ENOTFOUND" >&2; echo "npm error network no such host" >&2`,
		"npm packages of pinned: no network: the npm registry cannot be reached (network no such host)")
	f("true", "npm packages of pinned: exit status 1")
	node, _, _ := host(t, "v20.0.0", "exec sleep 60\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Ensure(ctx, node, filepath.Join(t.TempDir(), "npm"), source(t), nil); err == nil {
		t.Error("want an error of a cancelled run, got none")
	}
}

func TestOldNode(t *testing.T) {
	for _, version := range []string{"v12.22.12", "nonsense", "v16.0.0"} {
		if n, ok, _ := host(t, version, ""); ok {
			t.Errorf("%s: want it refused, got %v", version, n)
		}
	}
}

func TestLend(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(dir, "resolv.conf")
	if err := os.WriteFile(file, []byte("nameserver 127.0.0.1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := lend(root, file, filepath.Join(dir, "none"), ""); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(root, file)); err != nil || string(text) != "nameserver 127.0.0.1\n" {
		t.Errorf("want the file at its place in the tree, got %q, %v", text, err)
	}
}

// TestRenewLeavesTheHostAlone: only the npm of packages is replaced.
func TestRenewLeavesTheHostAlone(t *testing.T) {
	node, ok, bin := host(t, "v18.20.4", "")
	if !ok {
		t.Fatal("want Node.js 18 taken")
	}
	if err := node.Renew(t.Context(), t.TempDir(), source(t), func(string) {}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(bin, "calls")); err == nil {
		t.Error("npm was called")
	}
}
