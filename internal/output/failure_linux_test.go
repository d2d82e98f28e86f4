package output_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/output"
)

// childVariable tells this test binary, started by itself, which child to be and in which folder.
const childVariable = "OUTPUT_TEST_CHILD"

// child returns a command that runs this binary's TestChild as the named child.
func child(t *testing.T, name, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), childVariable+"="+name+":"+dir)
	return cmd
}

// TestChild is the body of the processes that other tests start; by itself it does nothing.
func TestChild(t *testing.T) {
	name, dir, ok := strings.Cut(os.Getenv(childVariable), ":")
	if !ok {
		t.Skip("runs only as the child of another test")
	}
	switch name {
	case "rewrite":
		for i := 0; ; i++ {
			mustGenerate(t, dir, generation(2+i%2)) // other sets than the test's own
		}
	case "small-disk":
		onSmallDisk(t, dir)
	case "size-limit":
		limit := syscall.Rlimit{Cur: 4096, Max: 4096}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		refusedOverwrite(t, dir, "nothing was changed: write b: ", syscall.EFBIG)
	}
}

// generation returns the nth of several sets of files that differ in content and in names.
func generation(n int) []output.File {
	list := files(fmt.Sprintf("only-%d", n), "x")
	for i := range 8 {
		list = append(list, output.File{Path: fmt.Sprintf("folder/%d", i), Data: fmt.Appendf(nil, "generation %d of %d", n, i)})
	}
	return list
}

// TestKilledRunIsFinishedByTheNext kills a writer at moments of chance and demands that the next run never takes what it
// left for somebody else's change.
func TestKilledRunIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range 25 {
		before := manifestOf(dir)
		writer := child(t, "rewrite", dir)
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		for manifestOf(dir) == before && t.Context().Err() == nil { // it has not begun to write
			time.Sleep(time.Millisecond)
		}
		time.Sleep(rand.N(20 * time.Millisecond)) // chance is the point here
		if err := writer.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = writer.Wait() // it was killed, and says so
		mustGenerate(t, dir, generation(round%2))
		want := make(map[string]string)
		for _, f := range generation(round % 2) {
			want[f.Path] = string(f.Data)
		}
		if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
			t.Fatalf("round %d: files (-want +got):\n%s", round, diff)
		}
	}
}

// TestHalfReplacedTreeIsFinished makes by hand what a kill between two renames leaves, so that the case is met in every run.
func TestHalfReplacedTreeIsFinished(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	mustGenerate(t, dir, files("a", "v1", "b", "v1", "orphan", "v1"))
	mustGenerate(t, other, files("a", "v2", "b", "v2"))
	write(t, dir, output.ManifestName, manifestOf(dir)+manifestOf(other)) // the journal
	write(t, dir, "a", "v2")                                              // replaced
	write(t, dir, ".a.obsgen-old", "v1")
	write(t, dir, ".b.obsgen-new", "half of")
	mustGenerate(t, dir, files("a", "v3", "b", "v3")) // the spec has changed again meanwhile
	if diff := cmp.Diff(map[string]string{"a": "v3", "b": "v3"}, contents(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestSecondWriterIsKeptOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := output.OpenForWriting(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := output.OpenForWriting(dir); err == nil || !strings.Contains(err.Error(), "another process is writing there") {
		t.Errorf("second writer: want it refused, got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := output.OpenForWriting(dir)
	if err != nil {
		t.Fatalf("after the first has closed: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// refusedOverwrite generates a set of files that is too large for wherever the folder lies, over one that is there, and
// demands that nothing changes and that the error begins with the prefix.
func refusedOverwrite(t *testing.T, dir, prefix string, want error) {
	t.Helper()
	before, manifest := contents(t, dir), manifestOf(dir)
	err := generate(t, dir, files("a", "v2", "b", strings.Repeat("large", 100_000), "c/d", "v2"))
	if !errors.Is(err, want) || !strings.HasPrefix(err.Error(), prefix) {
		t.Errorf("error: want %s...: %v, got %v", prefix, want, err)
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
	if got := manifestOf(dir); manifest != got {
		t.Errorf("manifest:\nwant %s\ngot  %s", manifest, got)
	}
}

// TestFileSizeLimit meets the limit that "ulimit -f" sets.
func TestFileSizeLimit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustGenerate(t, dir, files("a", "v1", "b", "v1"))
	if out, err := child(t, "size-limit", dir).CombinedOutput(); err != nil {
		t.Errorf("child: %v\n%s", err, out)
	}
}

// TestDiskFull fills a real file system, made in a user namespace of its own.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	cmd := child(t, "small-disk", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		t.Skipf("no user namespaces here: %v", err)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("no file system of our own here:\n%s", out)
	case err != nil:
		t.Errorf("child: %v\n%s", err, out)
	}
}

// onSmallDisk runs in its own namespaces, where it may mount.
func onSmallDisk(t *testing.T, dir string) {
	t.Helper()
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=128k"); err != nil {
		t.Skipf("mount: %v", err)
	}
	mustGenerate(t, disk, files("a", "v1", "b", "v1", "orphan", "v1"))
	// Files are written side by side, so that the large one may take the room of any other, or of a copy that is kept.
	refusedOverwrite(t, disk, "nothing was changed: ", syscall.ENOSPC)
	mustGenerate(t, disk, files("a", "v3")) // what fits works again: nothing of the failure takes up room
}
