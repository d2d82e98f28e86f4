//go:build integration

package integration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/metric"
	exposed "github.com/voipbin/observability/internal/metric/proof"
)

// recordVariable names a folder into which the expositions of other people's emitters are written as they were scraped: the way to make
// internal/metric/testdata anew for another version.
const recordVariable = "CATALOGUE_RECORD"

// foreignSite runs exporters that are not ours, each from its Debian package.
type foreignSite struct {
	t     *testing.T
	super *supervise.Supervisor
	block *ports.Block
	room  *pkgtree.Room
	dir   string
}

// newForeignSite makes the room of the exporters, in which the folders given can be seen.
func newForeignSite(t *testing.T, visible ...string) *foreignSite {
	t.Helper()
	helper, err := lab.Self()
	if err != nil {
		t.Fatal(err)
	}
	s := &foreignSite{t: t, dir: t.TempDir()}
	if s.super, err = supervise.New(s.dir, helper); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.super.Close() })
	if s.block, err = ports.Claim(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.block.Close() })
	root, err := filepath.Abs(repo)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := pkgtree.Ensure(t.Context(), lab.ForeignExporters(), filepath.Join(root, ".lab", "trees"), nil)
	if errors.Is(err, pkgtree.ErrNoNetwork) {
		t.Skipf("the exporters are not to be had: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.room, err = pkgtree.NewRoom(t.Context(), tree, helper, append(visible, s.dir)...); err != nil {
		t.Fatal(err)
	}
	return s
}

// port is a free port on loopback.
func (s *foreignSite) port() int {
	s.t.Helper()
	p, err := s.block.Free()
	if err != nil {
		s.t.Fatal(err)
	}
	s.block.Release(p)
	return p
}

// write writes a file that programs in the room can read and returns its path.
func (s *foreignSite) write(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// exporter starts a program of the room that listens on the address given by its arguments, and waits until it answers there.
func (s *foreignSite) exporter(name string, port int, args ...string) string {
	s.t.Helper()
	cmd, err := s.room.Command(context.WithoutCancel(s.t.Context()), name, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.serve(name, cmd, port)
}

// serve starts a command that serves HTTP on the port and returns its address.
func (s *foreignSite) serve(name string, cmd *exec.Cmd, port int) string {
	s.t.Helper()
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	_, err := s.super.Start(s.t.Context(), supervise.Spec{Name: name, Cmd: cmd, ReadyWithin: time.Minute, Ready: func(ctx context.Context) error {
		_, err := fetch(ctx, address+"/metrics")
		return err
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	return address
}

// fetch is the body of an answer with status 200.
func fetch(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, resp.Status)
	}
	return string(body), err
}

// exposition is one exposition; it is written to the folder of recordVariable where that is set.
func exposition(t *testing.T, name, url string) string {
	t.Helper()
	text, err := fetch(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv(recordVariable); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".prom"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

// holdToCatalogue checks every entry of an emitter against what it wrote just now. Elsewhere are entries that cannot be in these
// expositions, each with the reason.
func holdToCatalogue(t *testing.T, e *metric.Emitter, elsewhere map[*metric.Family]string, texts ...string) {
	t.Helper()
	live, err := exposed.Read(texts...)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, f := range metric.All() {
		if f.Emitter != e || elsewhere[f] != "" {
			continue
		}
		checked++
		for _, problem := range live.Check(f) {
			t.Errorf("%s of %s: %s", f.Name, e.Name, problem)
		}
	}
	if checked == 0 {
		t.Errorf("the catalogue has no entry of %s to check", e.Name)
	}
	t.Logf("%s: %d entries hold in %d families", e.Name, checked, live.Len())
}

// shows waits until the exposition holds all the texts.
func shows(t *testing.T, url string, texts ...string) {
	t.Helper()
	becomes(t, url+" shows "+strings.Join(texts, ", "), func() bool {
		text, err := fetch(t.Context(), url)
		if err != nil {
			return false
		}
		for _, want := range texts {
			if !strings.Contains(text, want) {
				return false
			}
		}
		return true
	})
}
