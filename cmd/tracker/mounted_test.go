package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const kubernetes = "../../deploy/kubernetes"

// made are the files of each ConfigMap that the README's kubectl makes, by their keys. Of a folder it takes what lies in it, and nothing that
// lies in folders below.
func made(t *testing.T) map[string]map[string]string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(kubernetes, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	maps := map[string]map[string]string{}
	for _, found := range regexp.MustCompile(`create configmap (\S+) --from-file=(?:(\S+)=)?(\S+)`).FindAllStringSubmatch(string(readme), -1) {
		name, key, from := found[1], found[2], filepath.Join("../..", found[3])
		maps[name] = map[string]string{}
		if key != "" {
			maps[name][key] = from
			continue
		}
		entries, err := os.ReadDir(from)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Type().IsRegular() {
				maps[name][e.Name()] = filepath.Join(from, e.Name())
			}
		}
	}
	return maps
}

// mount puts files where a kubelet puts them: in a hidden folder, which a link names, with a link for each of them.
func mount(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	hidden := filepath.Join(folder, "..2026_01_02_03_04_05.678901234")
	if err := os.MkdirAll(hidden, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Base(hidden), filepath.Join(folder, "..data")); err != nil {
		t.Fatal(err)
	}
	for key, from := range files {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(hidden, key), data, 0o644)
		}
		if err == nil {
			err = os.Symlink(path.Join("..data", key), filepath.Join(folder, key))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The pod finds what it needs where the README's commands and the manifest put it: everything of spec/, its profiles among them.
func TestAsKubernetesMountsIt(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(kubernetes, "components/tracker/tracker.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	maps, root, mounted := made(t), t.TempDir(), 0
	for _, volume := range regexp.MustCompile(`\{name: (\S+), configMap: \{name: ([^\s,}]+)`).FindAllStringSubmatch(string(text), -1) {
		at := regexp.MustCompile(`\{name: ` + volume[1] + `, mountPath: ([^\s,}]+)`).FindStringSubmatch(string(text))
		files := maps[volume[2]]
		if at == nil || len(files) == 0 {
			t.Fatalf("volume %s of ConfigMap %s: mounted at %q, made of %v", volume[1], volume[2], at, files)
		}
		mount(t, filepath.Join(root, at[1]), files)
		mounted++
	}
	args := regexp.MustCompile(`args: \[(.*)\]`).FindStringSubmatch(string(text))
	if mounted != 3 || args == nil {
		t.Fatalf("%d ConfigMaps, arguments %v: the reading is broken", mounted, args)
	}
	words := strings.Split(strings.ReplaceAll(args[1], "=/", "="+root+"/"), ", ")
	code, stdout, stderr := runTracker(t, append(words, "--config.check")...)
	if code != exitOK || !strings.Contains(stdout, "is right: ") {
		t.Errorf("%v: %d, %q, %q", words, code, stdout, stderr)
	}
}
