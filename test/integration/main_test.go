//go:build integration

// Package integration tests the whole product on real daemons, which run as child processes on loopback.
package integration

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/netns"
	"github.com/voipbin/observability/internal/lab/steps"
)

// victim is the first argument which makes this test program a laboratory that is there to be killed.
const victim = "victim"

// TestMain lets this test program be the laboratory's helper, and its victim.
func TestMain(m *testing.M) {
	for _, helper := range []func([]string) (bool, error){lab.Helper, netns.Helper} {
		if handled, err := helper(os.Args[1:]); handled {
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	if len(os.Args) == 2 && os.Args[1] == victim {
		fmt.Fprintln(os.Stderr, beVictim(context.Background())) // nothing but a failure gets here
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// repo is the repository's root as seen from this folder, where tests run.
const repo = "../.."

// options is a laboratory of this repository, sharing trees and tools with all others.
func options() (lab.Options, error) {
	root, err := filepath.Abs(repo)
	if err != nil {
		return lab.Options{}, err
	}
	self, err := lab.Self()
	return lab.Options{Repo: root, Dir: filepath.Join(root, ".lab"), Helper: self}, err
}

// start starts a whole laboratory and closes it at the end of the test.
func start(t *testing.T, change func(*lab.Options)) *lab.Lab {
	t.Helper()
	o, err := options()
	if err != nil {
		t.Fatal(err)
	}
	o.Steps = steps.New(t.Output(), false, time.Now)
	if change != nil {
		change(&o)
	}
	l, err := lab.Up(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if !t.Failed() {
			_ = os.RemoveAll(l.Run().Folder()) // of interest only after a failure
		}
	})
	return l
}
