package ci_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// script is what a step of the given name runs, in whichever form the CI writes steps.
func script(t *testing.T, file, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(examples, file))
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	var found string
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		step := map[string]string{}
		for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
			step[n.Content[i].Value] = n.Content[i+1].Value
		}
		if step["name"] == name {
			found = step["run"] + step["command"]
		}
		for _, child := range n.Content {
			walk(child)
		}
	}
	walk(&root)
	if found == "" {
		t.Fatalf("%s has no step %q", file, name)
	}
	return found
}

// TestPicturesInComments runs the steps that bring pictures where a comment can show them, against a remote of the test's own: of two runs, the
// pictures of the second are there, the first comment's are still, and a run without pictures leaves everything as it is.
func TestPicturesInComments(t *testing.T) {
	t.Parallel()
	remote := filepath.Join(t.TempDir(), "pull.git") // "pull": an address of a pull request has the word, and is cut there
	for file, env := range map[string][]string{
		"github/observability.yml": {"GITHUB_SERVER_URL=file://" + filepath.Dir(remote), "GITHUB_REPOSITORY=pull.git", "NUMBER=7"},
		"circleci/config.yml":      {"CIRCLE_PULL_REQUEST=file://" + remote + "/pull/7", "COMMENT_TOKEN=secret"},
	} {
		t.Run(file, func(t *testing.T) {
			if err := os.RemoveAll(remote); err != nil {
				t.Fatal(err)
			}
			output(t, "", nil, "git", "init", "--quiet", "--bare", remote)
			commands := script(t, file, "Pictures where the comment can show them")
			published := map[string]string{} // by address
			for _, picture := range []string{"first", "second", ""} {
				comment := comment(t, commands, picture, env)
				address := regexp.MustCompile(`!\[calls\]\(file://` + remote + `/blob/([0-9a-f]{40})/(7/calls-dark.png)\?raw=true\)`).FindStringSubmatch(comment)
				if (address != nil) != (picture != "") || strings.Contains(comment, "secret") {
					t.Fatalf("the comment with %q is: %s", picture, comment)
				}
				if address != nil {
					published[address[1]+":"+address[2]] = picture
				}
			}
			if len(published) != 2 {
				t.Errorf("%d addresses; want one a run", len(published))
			}
			for address, picture := range published {
				if got := output(t, remote, nil, "git", "show", address); got != picture {
					t.Errorf("%s shows %q; want %q", address, got, picture)
				}
			}
		})
	}
}

// comment runs a step in a folder as the steps before it leave it, and returns the comment.
func comment(t *testing.T, commands, picture string, env []string) string {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{"comment.md": "What changed.\n", "bin/gh": "#!/bin/sh\nexit 0\n"}
	if picture != "" {
		files["pictures/calls-dark.png"], files["pictures/calls-light.png"] = picture, "light"
	}
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	env = append(env, "PATH="+filepath.Join(folder, "bin")+":"+os.Getenv("PATH"), "HOME="+folder)
	output(t, folder, env, "bash", "-euo", "pipefail", "-c", commands)
	text, err := os.ReadFile(filepath.Join(folder, "comment.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// output runs a program.
func output(t *testing.T, folder string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	return string(out)
}
