package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/unit"
)

// nobody is the account that the units' dynamic users are stood in for: it owns nothing.
const nobody = 65534

// runUnit does what systemd would with the unit in an unpacked package: the same command line, by an account that owns nothing, in a
// file system that holds the package alone. The service has to say that it is healthy, and to end when it is told to.
func runUnit(t *testing.T, p program, root string) {
	t.Helper()
	options := readUnit(t, filepath.Join(root, "usr/lib/systemd/system", p.name+".service"))
	prepare(t, p, root, options)
	address := freeAddress(t)
	words := strings.Fields(strings.ReplaceAll(options["ExecStart"], "%d", "/run/credentials"))
	args := append(arguments(t, root, p.name), "--web.listen-address="+address)
	if i := len(words) - 1; words[i] == "$ARGS" {
		words = append(words[:i:i], args...)
	} else {
		t.Fatalf("the command line does not end with $ARGS: %v", words)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Path, command.Dir, command.Env = words[0], "/", []string{}
	command.Err = nil // looked up outside of the root, where it is not
	command.SysProcAttr = inside(root)
	var log bytes.Buffer
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	err := healthy(ctx, address, ended)
	if err == nil {
		err = errors.Join(command.Process.Signal(syscall.SIGTERM), <-ended)
	}
	if err != nil {
		t.Errorf("%v: %v\n%s", words, err, log.Bytes())
	}
}

// inside is the root as the whole file system. Without root's rights an account of a namespace of its own does it.
func inside(root string) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if os.Getuid() != 0 {
		a.Cloneflags = syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}
		a.Credential.NoSetGroups = true
	}
	return a
}

// readUnit returns the last value of each option: no unit here needs the others.
func readUnit(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	list, err := unit.DeserializeOptions(f)
	if err != nil {
		t.Fatal(err)
	}
	options := map[string]string{}
	for _, o := range list {
		options[o.Name] = o.Value
	}
	return options
}

// prepare does what the operator does after the installation, and what systemd does before the start.
func prepare(t *testing.T, p program, root string, options map[string]string) {
	t.Helper()
	own := func(name string) {
		if os.Getuid() == 0 {
			check(t, os.Chown(filepath.Join(root, name), nobody, nobody))
		}
	}
	check(t, os.Chmod(root, 0o755)) // a file system's root is open to all
	if p.folder != "" {
		own(etc + "/" + p.folder)
	}
	switch p.name {
	case "sip_exporter":
		write(t, root, etc+"/sip/password", "secret\n")
	case "platform_exporter":
		write(t, root, etc+"/platform/deploys-token", "secret\n")
	case "tracker":
		for _, name := range []string{"mysql", "redis", "rabbitmq", "sip", "webhook", "alice", "wallboard"} {
			write(t, root, etc+"/tracker/secrets/"+name, "a-secret-of-"+name+"\n")
		}
	case "asterisk_exporter":
		write(t, root, etc+"/asterisk-password", "secret\n")
	}
	if credential := options["LoadCredential"]; credential != "" {
		name, source, _ := strings.Cut(credential, ":")
		content, err := os.ReadFile(filepath.Join(root, source))
		check(t, err)
		write(t, root, "/run/credentials/"+name, string(content))
	}
	if state := options["StateDirectory"]; state != "" {
		check(t, os.MkdirAll(filepath.Join(root, "var/lib", state), 0o755))
		own("/var/lib/" + state)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	file := filepath.Join(root, name)
	check(t, os.MkdirAll(filepath.Dir(file), 0o755))
	check(t, os.WriteFile(file, []byte(content), 0o644))
}

// arguments reads ARGS from the file in /etc/default as systemd's EnvironmentFile does, for the plain values that are in there.
func arguments(t *testing.T, root, name string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "etc/default", name))
	check(t, err)
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), "ARGS="); found {
			return strings.Fields(value)
		}
	}
	t.Fatalf("no ARGS in the file in /etc/default of %s", name)
	return nil
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// healthy asks until the service answers, or has ended, or the time is over.
func healthy(ctx context.Context, address string, ended <-chan error) error {
	for {
		last := ask(ctx, "http://"+address+"/-/healthy")
		if last == nil {
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("it ended: %w", errors.Join(err, last))
		case <-ctx.Done():
			return errors.Join(last, <-ended)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func ask(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", response.StatusCode, body)
	}
	return err
}
