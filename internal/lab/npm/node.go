package npm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/lab/pkgtree"
)

// OldestNode is the oldest major version of Node.js that runs what we pin: that of Debian 12.
const OldestNode = 18

// npmScript is npm inside a tree of Debian's packages.
const npmScript = "/usr/share/nodejs/npm/bin/npm-cli.js"

// Node is a Node.js with its npm: of this host, or of a package tree.
type Node struct {
	path, npmPath string // of this host; with a room, npmPath is the script of the npm that takes the place of its own
	room          *pkgtree.Room
	words         []string
	origin        string
}

// Request says which packages hold Node.js and npm.
func Request() pkgtree.Request {
	return pkgtree.Request{Name: "node", Packages: []string{"nodejs", "npm"}}
}

// OnHost is the Node.js in PATH, if it is new enough and npm is beside it.
func OnHost(ctx context.Context) (*Node, bool) {
	path, err := exec.LookPath("node")
	if err != nil {
		return nil, false
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, false
	}
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil || major(string(out)) < OldestNode {
		return nil, false
	}
	return &Node{path: path, npmPath: npm, words: []string{path}, origin: path + " " + strings.TrimSpace(string(out))}, true
}

// major reads v20.20.2 as 20; 0 is no version.
func major(version string) int {
	first, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(version), "v"), ".")
	n, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	return n
}

// FromPackages is the Node.js of a tree below the folder of trees, which is built if it is not there yet. The folders in visible are seen
// by what it runs. Helper is the command line of a program that passes its arguments to pkgtree.Enter, and words the one that runs a
// script in this way, for others to call.
func FromPackages(ctx context.Context, trees string, helper, words, visible []string, progress func(string)) (*Node, error) {
	tree, err := pkgtree.Ensure(ctx, Request(), trees, progress)
	if err != nil {
		return nil, err
	}
	if err := lend(tree.Root, "/etc/resolv.conf", "/etc/hosts", hostCertificates, os.Getenv(extraCertificates)); err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	room, err := pkgtree.NewRoom(ctx, tree, helper, visible...)
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	return &Node{room: room, words: words, origin: fmt.Sprintf("%s, %d packages, by %s", tree.Version("nodejs"), len(tree.Packages), room.Mode())}, nil
}

// hostCertificates is where Debian gathers the certificates that this host trusts; only an installation makes the file. extraCertificates
// names the variable by which Node.js is told of more than it knows itself.
const (
	hostCertificates  = "/etc/ssl/certs/ca-certificates.crt"
	extraCertificates = "NODE_EXTRA_CA_CERTS"
)

// lend copies files of this host to the same place in a tree: what names hosts and what vouches for them has to do so inside as well, or no
// registry is found and none is trusted. What this host does not have is left out.
func lend(root string, files ...string) error {
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // without it the network may still do
		}
		to := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Origin says in a few words where it comes from.
func (n *Node) Origin() string { return n.origin }

// Words is the command line that runs it, to be followed by a script and its arguments.
func (n *Node) Words() []string { return n.words }

// Command is the command that runs a script; the caller starts it.
func (n *Node) Command(ctx context.Context, args ...string) (*exec.Cmd, error) {
	if n.room == nil {
		return exec.CommandContext(ctx, n.path, args...), nil
	}
	cmd, err := n.room.Command(ctx, "node", args...)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(os.Environ(), "NODE_OPTIONS=--use-bundled-ca") // Debian's has no certificates of its own otherwise
	if _, err := os.Stat(hostCertificates); err == nil && os.Getenv(extraCertificates) == "" {
		cmd.Env = append(cmd.Env, extraCertificates+"="+hostCertificates)
	}
	return cmd, nil
}

// npm is the command that runs npm.
func (n *Node) npm(ctx context.Context, args ...string) (*exec.Cmd, error) {
	if n.room == nil {
		return exec.CommandContext(ctx, n.npmPath, args...), nil
	}
	return n.Command(ctx, append([]string{cmp.Or(n.npmPath, n.room.Path(npmScript))}, args...)...)
}

// Renew has a Node.js of packages use the npm that a source folder pins, which its own obtains into dir. Debian's own, 9.2.0 in bookworm and
// trixie, gives up where package.json overrides a package by another ("Invalid comparator: npm:clsx@2.1.1") and says that there was no lock. The
// npm of a host is left alone.
func (n *Node) Renew(ctx context.Context, dir, source string, progress func(string)) error {
	if n.room == nil {
		return nil
	}
	folder, err := Ensure(ctx, n, dir, source, progress)
	if err != nil {
		return err
	}
	n.npmPath = filepath.Join(folder, "node_modules", "npm", "bin", "npm-cli.js")
	return nil
}

// Run runs a script to its end with this process' input and output, and returns its exit code.
func (n *Node) Run(ctx context.Context, args ...string) (int, error) {
	cmd, err := n.Command(ctx, args...)
	if err != nil {
		return 1, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
