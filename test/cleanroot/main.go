// Cleanroot proves the README: it unpacks a bare Debian of this host's suite with what the README names and nothing else, clones the
// commit into it, and runs commands there as an ordinary user with empty caches, each timed. It needs no root, refuses to write outside its
// folder, and lends the root nothing of the host but the Go distribution and the settings of the network.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/voipbin/observability/internal/lab/steps"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings say what is to be proven and where.
type settings struct {
	repo   string   // the repository, of which HEAD is cloned
	dir    string   // the folder for the root, the user's home and its temporary files
	goroot string   // the Go distribution that is lent
	extra  []string // packages beyond those that the README names
	record string   // the file for the result; empty for none
	again  bool     // whether the caches are those that an earlier run left
	now    func() time.Time
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == enterCommand {
		code, err := enter(args[1:], stderr)
		if err != nil {
			fmt.Fprintf(stderr, "cleanroot: %v\n", err)
		}
		return code
	}
	flags := flag.NewFlagSet("cleanroot", flag.ContinueOnError)
	flags.SetOutput(stderr)
	s := settings{now: time.Now}
	flags.StringVar(&s.repo, "repo", ".", "the repository; what is committed is cloned, and nothing else")
	flags.StringVar(&s.dir, "dir", ".lab/cleanroot", "folder for the root and the user's files, about 12 GB; what it makes there is removed afterwards")
	flags.StringVar(&s.goroot, "go", runtimeRoot(), "the Go distribution")
	flags.StringVar(&s.record, "record", "", "file to write the result to")
	extra := flags.String("with", "", "further packages, separated by commas, such as gcc,libc6-dev for the race detector")
	keep := flags.Bool("keep", false, "leave the folder, to look into it")
	flags.BoolVar(&s.again, "again", false, "go on with the home, hence the caches, that a run with -keep left; the clone is new")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *extra != "" {
		s.extra = strings.Split(*extra, ",")
	}
	commands := flags.Args()
	if len(commands) == 0 {
		commands = []string{"make run CHECK=1", "make test"}
	}
	err := prove(ctx, s, commands, steps.New(stdout, false, s.now), stdout, stderr)
	if !*keep {
		err = errors.Join(err, discard(s.dir))
	}
	if err != nil {
		fmt.Fprintf(stderr, "cleanroot: %v\n", err)
		return 1
	}
	return 0
}

// runtimeRoot is the distribution of the go command in PATH: its bin folder's parent, or nothing.
func runtimeRoot() string {
	if root := os.Getenv("GOROOT"); root != "" { // "go run" sets it
		return root
	}
	return filepath.Join("/usr/local", "go")
}

// prove makes the root and runs the commands in it, one after the other, up to the first that fails.
func prove(ctx context.Context, s settings, commands []string, say *steps.Reporter, stdout, stderr io.Writer) error {
	dir, err := filepath.Abs(s.dir)
	if err != nil {
		return err
	}
	s.dir = dir
	if err := s.clear(); err != nil {
		return err
	}
	r, err := makeRoot(ctx, s, say)
	if err != nil {
		return err
	}
	result := record{settings: s, root: r, cores: runtime.NumCPU()}
	if result.commit, err = bundle(ctx, s.repo, filepath.Join(r.home(), "observability.bundle")); err != nil {
		return err
	}
	clone := "git clone -q -c advice.detachedHead=false observability.bundle observability"
	for i, command := range append([]string{clone}, commands...) {
		folder := userHome + "/observability"
		if i == 0 {
			folder = userHome
		}
		say.Note("$ %s", command)
		done, err := r.run(ctx, folder, command, stdout, stderr)
		if err != nil {
			return err
		}
		say.Note("-- %s", done)
		result.done = append(result.done, done)
		if i == 0 && s.again {
			if err := os.Rename(s.kept(), filepath.Join(r.home(), "observability", ".lab")); err != nil {
				return err
			}
		}
		if done.code != 0 {
			return errors.Join(fmt.Errorf("%s: exit %d", command, done.code), result.write())
		}
	}
	return result.write()
}

// clear removes what an interrupted run left; of one that is gone on with only the clone, but for what its .lab has.
func (s settings) clear() error {
	if !s.again {
		return discard(s.dir, "trees")
	}
	clone := filepath.Join(s.dir, "home", "observability")
	return errors.Join(os.Rename(filepath.Join(clone, ".lab"), s.kept()), remove(clone))
}

// kept is where the .lab of the clone before waits for the next.
func (s settings) kept() string { return filepath.Join(s.dir, "home", "lab") }

// discard deletes the program's own folders below dir, save those to keep, and dir itself if nothing else is in it.
func discard(dir string, keep ...string) error {
	for _, sub := range append(folders(), "trees") {
		if slices.Contains(keep, sub) {
			continue
		}
		if err := remove(filepath.Join(dir, sub)); err != nil {
			return err
		}
	}
	_ = os.Remove(dir) // refused where something is in it
	return nil
}

// remove deletes a folder with what a user has made read-only in it, as the go command makes its modules.
func remove(dir string) error {
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			if info, err := e.Info(); err == nil && info.Mode()&0o200 == 0 {
				return os.Chmod(path, 0o700)
			}
		}
		return nil // what cannot be read cannot be removed, which is told below
	})
	return errors.Join(err, os.RemoveAll(dir))
}
