package pkgtree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopWithin is how long apt-get may take to stop its downloads.
const stopWithin = 5 * time.Second

// etcApt is the host's apt configuration: mirrors, keyrings, pins, proxies. It is read by apt itself and never written.
const etcApt = "/etc/apt"

// apt runs apt-get with a state of its own: it uses the host's sources and keys, and nothing it does is seen by the host.
type apt struct {
	dir      string // holds the private state, the downloads and the configuration
	progress func(string)
}

// settings keep apt away from the system: own state, own cache, an empty list of installed packages, none of the host's hooks. They are
// given by -c, which apt reads after the host's own files, so that #clear works on those.
const settings = `Dir::State "%[1]s/state";
Dir::State::status "%[1]s/status";
Dir::Cache "%[1]s/cache";
Dir::Cache::pkgcache "pkgcache.bin"; // read once, not by each command; the host's may say that there is none
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Log "%[1]s/log";
APT::Sandbox::User "root"; // no change of user: without root it is impossible, with root it needs nothing of ours to be readable
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Keep-Downloaded-Packages "true";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::CNF;
`

// newApt prepares the private state below dir. The text of sources replaces the host's sources; empty keeps them.
func newApt(dir, sources string, progress func(string)) (*apt, error) {
	for _, sub := range []string{"state/lists/partial", "cache/archives/partial", "log"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	conf := fmt.Sprintf(settings, dir)
	if sources != "" {
		list := filepath.Join(dir, "sources.list")
		if err := os.WriteFile(list, []byte(sources), 0o644); err != nil {
			return nil, err
		}
		conf += fmt.Sprintf("Dir::Etc::sourcelist %q;\nDir::Etc::sourceparts \"/dev/null\";\n", list)
	}
	for name, text := range map[string]string{"status": "", "apt.conf": conf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	return &apt{dir: dir, progress: progress}, nil
}

// lists is the folder of the package index.
func (a *apt) lists() string { return filepath.Join(a.dir, "state", "lists") }

// get runs apt-get and returns what it printed; working is asked once a second for the progress text.
func (a *apt) get(ctx context.Context, working func() string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "apt-get", append([]string{"-c", filepath.Join(a.dir, "apt.conf"), "-qq"}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // ends with this process, however that ends
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopWithin
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		return "", startError("apt-get", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if ctx.Err() != nil {
				return "", context.Cause(ctx)
			}
			if err != nil {
				return "", explain(errs.String(), err)
			}
			return out.String(), nil
		case <-tick.C:
			a.progress(working())
		}
	}
}

// download fetches the packages and all they depend on, and returns the paths of the .deb files.
func (a *apt) download(ctx context.Context, packages []string) ([]string, error) {
	if err := roomFor(a.dir, indexBytes); err != nil {
		return nil, err
	}
	a.progress("reading the package index")
	// One unreachable source among several need not matter, so that the update's error counts only if the packages cannot be had.
	_, updateErr := a.get(ctx, func() string { return "reading the package index" }, "update")
	wanted := append([]string{"install", "--yes"}, packages...)
	uris, err := a.get(ctx, func() string { return "resolving dependencies" }, append([]string{"--print-uris"}, wanted...)...)
	if err != nil {
		return nil, firstError(updateErr, err)
	}
	count, bytes := parseURIs(uris)
	if err := roomFor(a.dir, float64(bytes)*unpackFactor); err != nil {
		return nil, err
	}
	archives := filepath.Join(a.dir, "cache", "archives", "*.deb")
	working := func() string {
		have, _ := filepath.Glob(archives)
		return fmt.Sprintf("downloading packages, %d of %d (%d MB in all)", len(have), count, bytes/1e6)
	}
	if _, err := a.get(ctx, working, append([]string{"--download-only"}, wanted...)...); err != nil {
		return nil, firstError(updateErr, err)
	}
	debs, err := filepath.Glob(archives)
	if err == nil && len(debs) == 0 {
		err = errors.New("apt-get downloaded nothing and gave no reason")
	}
	return debs, err
}

// firstError prefers the cause: packages that cannot be found after an update that failed are a consequence of it.
func firstError(cause, consequence error) error {
	if cause != nil && !errors.Is(consequence, ErrDiskFull) && !errors.Is(consequence, context.Canceled) {
		return cause
	}
	return consequence
}

// parseURIs sums the lines 'uri' file size digest of apt-get --print-uris.
func parseURIs(text string) (count int, bytes int64) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 3 || !strings.HasPrefix(f[0], "'") {
			continue
		}
		if n, err := strconv.ParseInt(f[2], 10, 64); err == nil {
			count++
			bytes += n
		}
	}
	return count, bytes
}
