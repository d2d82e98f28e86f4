// Package toolchain builds the Go programs of a laboratory: the ones of this repository, and pinned versions of others, which are built
// apart so that they are no dependency of ours. It refuses to use a program of another version.
package toolchain

import (
	"bufio"
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// stopWithin is how long the go command may take to stop its compilers.
const stopWithin = 5 * time.Second

// Tool is one foreign program at one version.
type Tool struct {
	// Name is the program's name.
	Name string
	// Package is the import path of its main package.
	Package string
	// Version is the module version, such as "v0.316.0".
	Version string
	// Says is what "NAME --version" prints after "version " in a released build of the same source.
	Says string
	// Tags are the build tags, comma-separated.
	Tags string
}

// The versions in use. Prometheus' module v0.3xx.y is its release 3.xx.y; its service discoveries, whose cloud libraries are most of
// what there is to compile, are left out, but for promtool's of Kubernetes: it checks configurations that have it.
const (
	prometheusVersion   = "v0.316.0"
	alertmanagerVersion = "v0.31.1"
)

// Groups are the tools that a laboratory needs, those of one module together: the servers, and what checks their files.
func Groups() [][]Tool {
	return [][]Tool{
		{prometheusTool("prometheus", "remove_all_sd")},
		{prometheusTool("promtool", "remove_all_sd,enable_kubernetes_sd")},
		{alertmanagerTool("alertmanager"), alertmanagerTool("amtool")},
	}
}

func prometheusTool(name, tags string) Tool {
	return Tool{
		Name: name, Package: "github.com/prometheus/prometheus/cmd/" + name, Version: prometheusVersion,
		Says: "3." + strings.TrimPrefix(prometheusVersion, "v0.3"), Tags: tags,
	}
}

func alertmanagerTool(name string) Tool {
	return Tool{
		Name: name, Package: "github.com/prometheus/alertmanager/cmd/" + name, Version: alertmanagerVersion,
		Says: strings.TrimPrefix(alertmanagerVersion, "v"),
	}
}

// Install returns the path of each tool by name, building those that are neither in dir nor in PATH at the very version. Tools of one
// module have to be given together, for they are built by one command.
func Install(ctx context.Context, dir string, progress func(string), tools ...Tool) (map[string]string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	var missing []Tool
	for _, t := range tools {
		if path, ok := t.find(ctx, dir); ok {
			found[t.Name] = path
		} else {
			missing = append(missing, t)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	args := []string{"install", "-v", "-tags", missing[0].Tags}
	for _, t := range missing {
		args = append(args, t.Package+"@"+t.Version)
		found[t.Name] = filepath.Join(dir, t.Name)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := goRun(ctx, "", append(os.Environ(), "GOBIN="+dir, "CGO_ENABLED=0"), progress, args...); err != nil {
		return nil, fmt.Errorf("build %s %s: %w", missing[0].Name, missing[0].Version, err)
	}
	return found, nil
}

// tagsOf are the tags that a program was built with.
func tagsOf(info *buildinfo.BuildInfo) string {
	for _, s := range info.Settings {
		if s.Key == "-tags" {
			return s.Value
		}
	}
	return ""
}

// find looks for the tool in dir and then in PATH.
func (t Tool) find(ctx context.Context, dir string) (string, bool) {
	own := filepath.Join(dir, t.Name)
	if info, err := buildinfo.ReadFile(own); err == nil && info.Main.Version == t.Version && tagsOf(info) == t.Tags {
		return own, true
	}
	path, err := exec.LookPath(t.Name)
	if err != nil {
		return "", false
	}
	if info, err := buildinfo.ReadFile(path); err == nil && info.Main.Version == t.Version && tagsOf(info) == t.Tags {
		return path, true
	}
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	return path, err == nil && bytes.Contains(out, []byte(" version "+t.Says+" "))
}

// Build builds main packages of the module in repo into out, without cgo.
func Build(ctx context.Context, repo, out string, progress func(string), packages ...string) error {
	args := append([]string{"build", "-v", "-o", out + string(filepath.Separator)}, packages...)
	if err := goRun(ctx, repo, append(os.Environ(), "CGO_ENABLED=0"), progress, args...); err != nil {
		return fmt.Errorf("build %s: %w", strings.Join(packages, " "), err)
	}
	return nil
}

// goRun runs the go command, passing on what it is at.
func goRun(ctx context.Context, dir string, env []string, progress func(string), args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // ends with this process, however that ends
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopWithin
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return errors.New("the go command was not found: install Go and put it into PATH")
		}
		return err
	}
	complaints := follow(out, progress)
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return explain(complaints, err)
	}
	return nil
}

// follow turns the go command's verbose output into progress, and keeps the lines that are neither package names nor downloads.
func follow(out io.Reader, progress func(string)) []string {
	var complaints []string
	compiled := 0
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := lines.Text()
		switch module, isDownload := strings.CutPrefix(line, "go: downloading "); {
		case isDownload:
			progress("downloading " + module)
		case isImportPath(line):
			compiled++
			progress(fmt.Sprintf("%d packages compiled, now %s", compiled, line))
		default:
			complaints = append(complaints, line)
		}
	}
	return complaints
}

// isImportPath tells a package name as -v prints it from any other message, which has blanks.
func isImportPath(line string) bool {
	return line != "" && !strings.ContainsAny(line, " \t:")
}

// explain makes one line of what the go command said, and adds what a missing network means.
func explain(complaints []string, err error) error {
	complaints = slices.DeleteFunc(complaints, func(s string) bool { return strings.HasPrefix(s, "#") || strings.TrimSpace(s) == "" })
	if len(complaints) == 0 {
		return err
	}
	first := strings.TrimPrefix(complaints[0], "go: ")
	for _, sign := range []string{"no such host", "dial tcp", "i/o timeout", "connection refused", "server misbehaving", "network is unreachable"} {
		if strings.Contains(strings.Join(complaints, "\n"), sign) {
			return fmt.Errorf("no network: the Go module proxy cannot be reached (%s)", first)
		}
	}
	if strings.Contains(strings.Join(complaints, "\n"), "no space left on device") {
		return fmt.Errorf("disk full: free some space and run again (%s)", first)
	}
	return errors.New(first)
}
