package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/daemon"
	"github.com/voipbin/observability/internal/lab/steps"
	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// The first arguments which make this test program a daemon.
const (
	fakeSIPp     = "fake-sipp"
	fakeKamailio = "fake-kamailio"
)

// TestMain lets this test program be the helper and the daemons.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		handled, err := Helper(os.Args[1:])
		switch os.Args[1] {
		case fakeSIPp:
			handled, err = true, beSIPp(os.Args[2:])
		case fakeKamailio:
			handled, err = true, beKamailio(os.Args[2:])
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if handled {
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// flagValue is the argument after a flag, or the empty string.
func flagValue(args []string, name string) string {
	if i := slices.Index(args, name); i >= 0 && i+1 < len(args) {
		return args[i+1]
	}
	return ""
}

// beSIPp is a caller whose calls are all answered at once, or a gateway that answers OPTIONS.
func beSIPp(args []string) error {
	if file := flagValue(args, "-stf"); file != "" {
		calls := flagValue(args, "-m")
		table := fmt.Sprintf("TotalCallCreated;CurrentCall;FailedCall(C);final200(C);\n%[1]s;0;0;%[1]s;\n", calls)
		if calls == "" {
			select {} // calls without end
		}
		return os.WriteFile(file, []byte(table), 0o600)
	}
	return answerSIP("127.0.0.1:" + flagValue(args, "-p"))
}

// answerSIP answers whatever comes with 200.
func answerSIP(addr string) error {
	conn, err := net.ListenPacket("udp", addr)
	if err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return err
		}
		if _, err := conn.WriteTo(append([]byte("SIP/2.0 200 OK\r\n"), buf[:n]...), from); err != nil {
			return err
		}
	}
}

// beKamailio answers core.version on the control socket and OPTIONS on the SIP port of its configuration.
func beKamailio(args []string) error {
	config, err := os.ReadFile(flagValue(args, "-f"))
	if err != nil {
		return err
	}
	socket := regexp.MustCompile(`"unix:([^"]+)"`).FindSubmatch(config)
	port := regexp.MustCompile(`listen=udp:(\S+)`).FindSubmatch(config)
	if socket == nil || port == nil {
		return errors.New("configuration without control socket or SIP port")
	}
	_ = os.Remove(string(socket[1])) // of an instance that was stopped
	ctl, err := net.Listen("unix", string(socket[1]))
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := ctl.Accept()
			if err != nil {
				return
			}
			go answerVersion(conn)
		}
	}()
	return answerSIP(string(port[1]))
}

func answerVersion(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := binrpc.NewReader(conn, 1<<16)
	for {
		packet, err := r.ReadPacket()
		if err != nil {
			return
		}
		reply, err := binrpc.AppendReply(nil, packet.Cookie, binrpc.StringOf("kamailio 9.9.9 (fake)"))
		if err != nil {
			return
		}
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}

// fakeProgram is a program that runs this test program as a fake.
func fakeProgram(t *testing.T, fake string) *daemon.Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), fake)
	script := fmt.Sprintf("#!/bin/sh\nexec %q %s \"$@\"\n", os.Args[0], fake)
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return daemon.At(fake, path)
}

// fakeRun is a run with fake daemons in a repository that has only the counters.
func fakeRun(t *testing.T) *Run {
	t.Helper()
	repo := t.TempDir()
	counters := filepath.Join(repo, countersFile)
	if err := os.MkdirAll(filepath.Dir(counters), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(counters, []byte("# counters\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{Repo: repo, Dir: filepath.Join(repo, ".lab"), Helper: []string{os.Args[0]}, Steps: steps.New(new(strings.Builder), false, time.Now)}
	tools := &Tools{kamailio: fakeProgram(t, fakeKamailio), sipp: fakeProgram(t, fakeSIPp), Bin: filepath.Join(repo, "bin")}
	r, err := NewRun(t.Context(), o, tools)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}
