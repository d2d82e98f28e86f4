package supervise

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakeLab is the first argument which makes this test program a laboratory that can be killed.
const fakeLab = "fake-lab"

// TestMain lets this test program be the helper, and the parent that is killed.
func TestMain(m *testing.M) {
	if handled, err := Helper(os.Args[1:]); handled {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) == 3 && os.Args[1] == fakeLab {
		fmt.Fprintln(os.Stderr, runFakeLab(os.Args[2])) // nothing but a failure gets here
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// family is a daemon as bad as they come: a worker in its group, a worker in a session of its own, and none of them ends on SIGTERM. It
// writes all its process ids to the file $1, then "up" to $1.up.
const family = `trap "" TERM
sleep 600 & echo $! >>$1
setsid sleep 600 & echo $! >>$1
echo $$ >>$1
echo up >$1.up
wait`

// runFakeLab starts a family of daemons, says so, and waits to be killed.
func runFakeLab(dir string) error {
	s, err := New(dir, []string{os.Args[0]})
	if err != nil {
		return err
	}
	for _, name := range []string{"a", "b"} {
		file := filepath.Join(dir, name)
		if _, err := s.Start(context.Background(), Spec{Name: name, Cmd: shell(family, file), Ready: exists(file + ".up")}); err != nil {
			return err
		}
	}
	fmt.Fprintln(os.Stdout, "ready")
	select {}
}

// shell is a command that runs a script with arguments $1...
func shell(script string, args ...string) *exec.Cmd {
	return exec.Command("sh", append([]string{"-c", script, "sh"}, args...)...)
}

// exists is a question that is answered once the file is there.
func exists(path string) func(context.Context) error {
	return func(context.Context) error {
		_, err := os.Stat(path)
		return err
	}
}

func newSupervisor(t *testing.T) *Supervisor {
	t.Helper()
	s, err := New(t.TempDir(), []string{os.Args[0]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// pidsIn reads the process ids that daemons wrote.
func pidsIn(t *testing.T, files ...string) []int {
	t.Helper()
	var pids []int
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for field := range strings.FieldsSeq(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// alive tells whether a process runs; a zombie, which only waits for somebody to take its status, does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

// waitGone polls until none of the processes runs.
func waitGone(t *testing.T, pids []int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for _, pid := range pids {
		for alive(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d still runs", pid)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

func TestNothingSurvivesAKilledParent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lab := exec.CommandContext(t.Context(), os.Args[0], fakeLab, dir)
	lab.Stderr = os.Stderr
	out, err := lab.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ := bufio.NewReader(out).ReadString('\n')
	if want := "ready\n"; said != want {
		t.Fatalf("want %q, got %q", want, said)
	}
	pids := pidsIn(t, filepath.Join(dir, "a"), filepath.Join(dir, "b"))
	if want := 6; len(pids) != want {
		t.Fatalf("want %d processes, got %v", want, pids)
	}
	for _, pid := range pids {
		if !alive(pid) {
			t.Fatalf("process %d does not run before the kill", pid)
		}
	}
	if err := lab.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = lab.Wait()
	waitGone(t, pids)
}

func TestCloseEndsEverythingLastFirst(t *testing.T) {
	t.Parallel()
	s := newSupervisor(t)
	order := filepath.Join(t.TempDir(), "order")
	const polite = `trap "echo $2 >>$1; exit 0" TERM; : >$1.$2; while :; do sleep 0.01; done`
	for _, name := range []string{"first", "second", "third"} {
		spec := Spec{Name: name, Cmd: shell(polite, order, name), Ready: exists(order + "." + name)}
		if _, err := s.Start(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(order)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("third\nsecond\nfirst\n", string(got)); diff != "" {
		t.Errorf("order of stopping (-want +got):\n%s", diff)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: want nil, got %v", err)
	}
	select {
	case d := <-s.Deaths():
		t.Errorf("want no death told for daemons that were stopped, got %v", d)
	default:
	}
}

func TestStopKillsWhatIgnoresIt(t *testing.T) {
	t.Parallel()
	s := newSupervisor(t)
	file := filepath.Join(t.TempDir(), "pids")
	p, err := s.Start(t.Context(), Spec{Name: "stubborn", Cmd: shell(family, file), Ready: exists(file + ".up")})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	waitGone(t, pidsIn(t, file))
	if p.Err() != nil {
		t.Errorf("want no error from a process that was stopped, got %v", p.Err())
	}
}

func TestDeathIsToldWithLastWords(t *testing.T) {
	t.Parallel()
	s := newSupervisor(t)
	up := filepath.Join(t.TempDir(), "up")
	const dies = `: >$1; for i in 1 2 3 4 5 6; do echo line $i; done; while [ ! -e $1.die ]; do sleep 0.01; done; exit 3`
	if _, err := s.Start(t.Context(), Spec{Name: "mortal", Cmd: shell(dies, up), Ready: exists(up)}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(up+".die", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := <-s.Deaths()
	want := "mortal ended by itself: exit status 3; its log ends: line 3 | line 4 | line 5 | line 6"
	if diff := cmp.Diff(want, d.Err.Error()); diff != "" {
		t.Errorf("death (-want +got):\n%s", diff)
	}
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	never := func(context.Context) error { return errors.New("silent") }
	tests := map[string]struct {
		cmd   *exec.Cmd
		ready func(context.Context) error
		want  string
	}{
		"ends at once": {
			shell("echo cannot bind; exit 7"), never,
			"start d: d ended by itself: exit status 7; its log ends: cannot bind",
		},
		"ends well but early": {
			shell("exit 0"), never, "start d: d ended by itself: exit status 0",
		},
		"never answers": {
			shell("echo thinking; exec sleep 600"), never,
			"start d: no answer within 500ms: silent; its log ends: thinking",
		},
		"no such program": {
			exec.Command("/no/such/daemon"), never,
			"start d: exec: \"/no/such/daemon\": stat /no/such/daemon: no such file or directory",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSupervisor(t)
			_, err := s.Start(t.Context(), Spec{Name: "d", Cmd: tt.cmd, Ready: tt.ready, ReadyWithin: 500 * time.Millisecond})
			if err == nil {
				t.Fatal("want an error, got none")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStartStopsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newSupervisor(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := func(context.Context) error {
		cancel(errors.New("interrupted"))
		return errors.New("not yet")
	}
	_, err := s.Start(ctx, Spec{Name: "d", Cmd: shell("exec sleep 600"), Ready: asked})
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("want an error with %q, got %v", "interrupted", err)
	}
}

func TestFinishingProgram(t *testing.T) {
	t.Parallel()
	f := func(script string, want string) {
		t.Helper()
		s := newSupervisor(t)
		p, err := s.Start(t.Context(), Spec{Name: "load", Cmd: shell(script), Finishes: true})
		if err != nil {
			t.Fatal(err)
		}
		<-p.Done()
		if got := fmt.Sprint(p.Err()); got != want {
			t.Errorf("%s: want %q, got %q", script, want, got)
		}
		select {
		case d := <-s.Deaths():
			t.Errorf("%s: want no death told, got %v", script, d)
		default:
		}
	}
	f("exit 0", "<nil>")
	f("exit 1", "load ended by itself: exit status 1")
}

func TestWatchdogsDeathIsTold(t *testing.T) {
	t.Parallel()
	s := newSupervisor(t)
	if err := s.guard.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if d := <-s.Deaths(); d.Name != "watchdog" {
		t.Errorf("want the watchdog's death told, got %v", d)
	}
	if _, err := s.Start(t.Context(), Spec{Name: "late", Cmd: shell("exec sleep 600")}); err == nil {
		t.Error("want no daemon started without a watchdog, got no error")
	}
}

func TestClosedGateStartsNothing(t *testing.T) {
	t.Parallel()
	ran := filepath.Join(t.TempDir(), "ran")
	cmd := shell(": >$1", ran)
	open, err := behindGate(cmd, []string{os.Args[0]})
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := open(false); err != nil {
		t.Fatal(err)
	}
	if cmd.Wait() == nil {
		t.Error("want a gate that was never opened to end with an error")
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the program ran behind a closed gate")
	}
}
