package completion_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/completion"
)

// complete lets a real bash complete a command line of a made-up program, which knows one flag of each command.
func complete(t *testing.T, words ...string) string {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	script, err := completion.Script("bash", "tool", []string{"up", "down", "upgrade"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := "#!/bin/sh\necho \"usage: tool $1\"; echo; echo \"  -for-$1 name\"; echo \"    \tabout -it\"; echo \"  -format text\"\n"
	for name, text := range map[string]string{"tool": program, "completion": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	last := len(words) - 1
	cmd := exec.CommandContext(t.Context(), bash, "-c", `set -e; source completion; complete -p tool >/dev/null; COMP_WORDS=(./tool "$@"); COMP_CWORD=$#; _tool; echo "${COMPREPLY[*]}"`, "bash")
	cmd.Args = append(cmd.Args, words[:last]...)
	cmd.Args = append(cmd.Args, words[last])
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v: %s", words, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestBash(t *testing.T) {
	t.Parallel()
	f := func(want string, words ...string) {
		t.Helper()
		if got := complete(t, words...); want != got {
			t.Errorf("%v: want %q, got %q", words, want, got)
		}
	}
	f("down up upgrade", "")
	f("up upgrade", "u")
	f("-for-up -format", "up", "-")
	f("-format", "down", "-form")
	f("", "down", "file")
}

func TestZsh(t *testing.T) {
	t.Parallel()
	script, err := completion.Script("zsh", "tool", []string{"up", "down"})
	if err != nil || !strings.HasPrefix(script, "#compdef tool\n") || !strings.Contains(script, "compadd -- down up\n") {
		t.Errorf("%v: %s", err, script)
	}
	if zsh, err := exec.LookPath("zsh"); err == nil {
		if out, err := exec.CommandContext(t.Context(), zsh, "-n", "-c", script).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
}

func TestUnknownShell(t *testing.T) {
	t.Parallel()
	if _, err := completion.Script("fish", "tool", nil); err == nil || err.Error() != `there is no completion for "fish": there is one for bash and zsh` {
		t.Errorf("got %v", err)
	}
}
