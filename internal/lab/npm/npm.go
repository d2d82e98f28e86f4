// Package npm obtains what a package-lock.json pins, below a folder of its own, and says how to run Node.js: the one of this host, or one
// of a package tree. It refuses to run what the packages would do on their installation, and to change anything outside of that folder.
package npm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/voipbin/observability/internal/lab/filelock"
)

// The files that say what is wanted. Both are needed: npm refuses a lock that does not fit the other.
const (
	manifestFile = "package.json"
	lockFile     = "package-lock.json"
)

// doneFile is written last, so that a folder with it is complete.
const doneFile = ".complete"

// Folder is where the packages of a source folder belong below dir: its name has the hash of what the source pins.
func Folder(dir, source string) (string, error) {
	h := sha256.New()
	for _, name := range []string{manifestFile, lockFile} {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text) // never fails, says hash.Hash
	}
	return filepath.Join(dir, filepath.Base(source)+"-"+hex.EncodeToString(h.Sum(nil)[:6])), nil
}

// Complete reports whether a folder that Folder names holds everything.
func Complete(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, doneFile))
	return err == nil
}

// Ensure returns the folder whose node_modules hold what the source folder pins, obtaining it with npm if it is not there yet. Several
// processes may call it at once: one works, the others wait. Progress may be nil.
func Ensure(ctx context.Context, node *Node, dir, source string, progress func(string)) (string, error) {
	if progress == nil {
		progress = func(string) {}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	folder, err := Folder(dir, source)
	if err != nil {
		return "", fmt.Errorf("npm packages: %w", err)
	}
	if Complete(folder) {
		return folder, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := filelock.Lock(ctx, folder+".lock", "obtains the same packages", progress)
	if err != nil {
		return "", err
	}
	defer unlock()
	if Complete(folder) { // another process was quicker
		return folder, nil
	}
	if err := install(ctx, node, folder, source, progress); err != nil {
		return "", fmt.Errorf("npm packages of %s: %w", filepath.Base(source), err)
	}
	return folder, nil
}

// install begins anew: of what was left half done nothing is known.
func install(ctx context.Context, node *Node, folder, source string, progress func(string)) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, name := range []string{manifestFile, lockFile} {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	progress("downloading packages")
	cmd, err := node.npm(ctx, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--cache="+filepath.Join(filepath.Dir(folder), "cache"))
	if err != nil {
		return err
	}
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return explain(string(out), err)
	}
	return os.WriteFile(filepath.Join(folder, doneFile), nil, 0o644)
}

// ErrNoNetwork is wrapped by Ensure when the registry cannot be reached.
var ErrNoNetwork = errors.New("no network")

// explain makes one line of what npm said.
func explain(out string, err error) error {
	first := ""
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(line), "npm ERR!"), "npm error"))
		if strings.HasPrefix(line, "Warning:") || strings.HasPrefix(line, "npm warn") {
			continue
		}
		if first == "" || strings.HasPrefix(first, "code ") && line != "" {
			first = line
		}
	}
	for _, sign := range []string{"ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "network"} {
		if strings.Contains(out, sign) {
			return fmt.Errorf("%w: the npm registry cannot be reached (%s)", ErrNoNetwork, first)
		}
	}
	if first == "" {
		return err
	}
	return errors.New(first)
}

// WriteTool writes a script into a folder of packages that runs one of their programs, and returns its path: script is the path of the
// program below node_modules. An old script of the same content stays as it is, so that nobody meets half of one.
func WriteTool(node *Node, folder, name, script string) (string, error) {
	program := filepath.Join(folder, "node_modules", filepath.FromSlash(script))
	if _, err := os.Stat(program); err != nil {
		return "", err
	}
	text := "#!/bin/sh\nexec"
	for _, word := range append(node.Words(), program) {
		text += " '" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	text += " \"$@\"\n"
	path := filepath.Join(folder, name)
	if old, err := os.ReadFile(path); err == nil && string(old) == text {
		return path, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	f, err := os.CreateTemp(folder, name+".*")
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o755), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return path, nil
}
