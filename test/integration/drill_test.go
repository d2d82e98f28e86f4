//go:build integration

package integration

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestDrillFromLossToReport runs "make drill" as docs/howto/run-a-drill.md shows it, whose exit code says whether the report is true, and looks at the tracker's page
// meanwhile and at the report afterwards, in a real browser. With PICTURES it keeps pictures of both there, as "make screenshots" does.
func TestDrillFromLossToReport(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(repo)
	if err != nil {
		t.Fatal(err)
	}
	shown := documented(t, root, "docs/howto/run-a-drill.md")
	if len(shown) != 1 {
		t.Fatalf("want one command, got %v", shown)
	}
	viewer := newViewer(t)
	words := strings.Fields(shown[0].Command)
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Dir = root
	cmd.Env = slices.DeleteFunc(os.Environ(), ofMake)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) } // make would end alone
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	folder := follow(t.Context(), t, out, viewer)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("lab drill: %v", err)
	}
	if folder == "" {
		t.Fatal("want to be told where the report is")
	}
	for _, name := range []string{"report.html", "report.md", "report.json"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
		} else if strings.Contains(string(text), root) {
			t.Errorf("%s names a folder of this machine", name)
		}
	}
	viewer.report(t.Context(), t, filepath.Join(folder, "report.html"))
	if err := os.RemoveAll(folder); err != nil {
		t.Error(err)
	}
}

// follow reads what the drill tells until it ends, has its page looked at as soon as there is one, and returns the folder of its report.
func follow(ctx context.Context, t *testing.T, out io.Reader, v *viewer) (folder string) {
	t.Helper()
	page, report := regexp.MustCompile(`its page: (\S+)`), regexp.MustCompile(`see (\S+)/report\.html`)
	looked := make(chan struct{})
	watching := false
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		t.Log(lines.Text())
		if m := page.FindStringSubmatch(lines.Text()); m != nil && !watching {
			watching = true
			go func() {
				defer close(looked)
				v.live(ctx, t, m[1])
			}()
		}
		if m := report.FindStringSubmatch(lines.Text()); m != nil {
			folder = m[1]
		}
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
	if !watching {
		t.Error("want to be told where the tracker's page is")
		return folder
	}
	<-looked
	return folder
}
