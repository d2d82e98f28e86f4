package pkgtree

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	exit := errors.New("exit status 100")
	f := func(stderr, want string, is error) {
		t.Helper()
		got := explain(stderr, exit)
		if got.Error() != want || strings.Contains(got.Error(), "\n") {
			t.Errorf("%q:\nwant %q\n got %q", stderr, want, got)
		}
		if is != nil && !errors.Is(got, is) {
			t.Errorf("%q: want an error that is %q", stderr, is)
		}
	}
	// What apt 2.6.1 of Debian 12 says.
	f("W: some warning\nE: Failed to fetch http://m.example/x  Temporary failure resolving 'm.example'\nE: Some index files failed to download.\n",
		"no network: apt-get cannot reach the package mirror this host is configured for "+
			"(Failed to fetch http://m.example/x  Temporary failure resolving 'm.example')", ErrNoNetwork)
	f("E: Unable to locate package kamailo\n", "Unable to locate package kamailo: the suite does not have it: see the host's apt sources", nil)
	f("E: You don't have enough free space in /x/archives/.\n",
		"disk full: free some space and run again (You don't have enough free space in /x/archives/.)", ErrDiskFull)
	f("E: Release file for http://m.example/InRelease is expired (invalid since 3d).\n",
		"Release file for http://m.example/InRelease is expired (invalid since 3d).: the mirror's metadata is past its date: "+
			"allow that by name (--allow-expired) if you mean it", nil)
	f("W: GPG error: NO_PUBKEY 0E98404D386FA1D9\n", "GPG error: NO_PUBKEY 0E98404D386FA1D9: this host has no key for that suite: install debian-archive-keyring", nil)
	f("dpkg-deb: error: something new\n", "dpkg-deb: error: something new: exit status 100", exit)
	f("", "exit status 100", exit)
}

func TestStartError(t *testing.T) {
	t.Parallel()
	_, err := exec.LookPath("no-such-tool-here")
	got := startError("apt-get", err)
	if want := "apt-get not found: daemons are obtained as Debian packages; put them into PATH yourself or use Debian or Ubuntu"; got.Error() != want {
		t.Errorf("want %q, got %q", want, got)
	}
	if got := startError("apt-get", errors.New("broken")); got.Error() != "apt-get: broken" {
		t.Errorf("want other errors as they are, got %q", got)
	}
}

func TestRoomFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := roomFor(dir, 1); err != nil {
		t.Errorf("one byte: %v", err)
	}
	if err := roomFor(dir, 1<<50); !errors.Is(err, ErrDiskFull) {
		t.Errorf("a petabyte: want %v, got %v", ErrDiskFull, err)
	}
	if err := roomFor(dir+"/none", 1); err == nil {
		t.Error("want an error for a folder that is not there, got none")
	}
}

func TestParseURIs(t *testing.T) {
	t.Parallel()
	count, bytes := parseURIs("'http://m.example/a.deb' a_1_amd64.deb 100 SHA256:00\nnoise\n'http://m.example/b.deb' b_1_all.deb 23 MD5Sum:00\n'x' y z\n")
	if count != 2 || bytes != 123 {
		t.Errorf("want 2 files of 123 bytes, got %d of %d", count, bytes)
	}
}

func TestFirstErrorIsTheCause(t *testing.T) {
	t.Parallel()
	cause, consequence := ErrNoNetwork, errors.New("unable to locate package")
	if got := firstError(cause, consequence); !errors.Is(got, cause) {
		t.Errorf("want the failed update told, got %v", got)
	}
	if got := firstError(nil, consequence); !errors.Is(got, consequence) {
		t.Errorf("want the error itself, got %v", got)
	}
	if got := firstError(cause, ErrDiskFull); !errors.Is(got, ErrDiskFull) {
		t.Errorf("want the full disk told, got %v", got)
	}
}
