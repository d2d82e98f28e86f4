package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/voipbin/observability/internal/lab/npm"
)

// tscName is the name of the TypeScript compiler, tscScript its program below node_modules, and boardTypes the folder that pins it together
// with the types that boards are held to.
const (
	tscName    = "tsc"
	tscScript  = "typescript/bin/tsc"
	boardTypes = "tools/boardtypes"
)

// gitlabName is the name of the program that holds a pipeline to GitLab's schema, gitlabScript the program below node_modules, and pipelines the
// folder that pins it together with what knows CircleCI's.
const (
	gitlabName   = "gitlab-ci-local"
	gitlabScript = "gitlab-ci-local/src/index.js"
	pipelines    = "tools/pipelines"
)

// newerNPM is the folder that pins the npm that takes the place of that of packages.
const newerNPM = "tools/npm"

// Node finds the Node.js of this host, or gets a tree with one. What it runs sees the laboratory's folder, the repository, the folder it is
// started in and that for temporary files.
func Node(ctx context.Context, o Options) (*npm.Node, error) {
	if n, ok := npm.OnHost(ctx); ok {
		return n, nil
	}
	cwd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	words := append(append([]string{}, o.Helper...), "node", "--dir", o.Dir, "--repository", o.Repo)
	var node *npm.Node
	err = o.Steps.Do("node from packages, without installing", func(detail func(string)) error {
		var err error
		node, err = npm.FromPackages(ctx, o.trees(), o.Helper, words, distinct(o.Dir, o.Repo, cwd, os.TempDir()), detail)
		return err
	})
	return node, err
}

// distinct drops repeated folders.
func distinct(dirs ...string) []string {
	seen := map[string]bool{}
	var out []string
	for _, d := range dirs {
		if !seen[d] {
			out = append(out, d)
		}
		seen[d] = true
	}
	return out
}

// NodePackages returns the folder whose node_modules hold what a folder of the repository pins in package-lock.json.
func NodePackages(ctx context.Context, o Options, node *npm.Node, source string) (string, error) {
	var folder string
	err := o.Steps.Do("npm packages of "+source, func(detail func(string)) error {
		err := node.Renew(ctx, NodeFolder(o.Dir), filepath.Join(o.Repo, newerNPM), detail)
		if err == nil {
			folder, err = npm.Ensure(ctx, node, NodeFolder(o.Dir), filepath.Join(o.Repo, source), detail)
		}
		return err
	})
	return folder, err
}

// NodeFolder is the folder of npm packages below a laboratory's.
func NodeFolder(dir string) string { return filepath.Join(dir, "npm") }

// TSC is the path of the TypeScript compiler, beside the node_modules that hold the types of Grafana's boards; both are obtained if they are
// not there.
func TSC(ctx context.Context, o Options) (string, error) {
	return nodeTool(ctx, o, boardTypes, tscName, tscScript)
}

// nodeTool is the path of a program for Node.js that a folder of the repository pins; it is obtained if it is not there.
func nodeTool(ctx context.Context, o Options, source, name, script string) (string, error) {
	node, err := Node(ctx, o)
	if err != nil {
		return "", err
	}
	folder, err := NodePackages(ctx, o, node, source)
	if err != nil {
		return "", err
	}
	path, err := npm.WriteTool(node, folder, name, script)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return path, nil
}
