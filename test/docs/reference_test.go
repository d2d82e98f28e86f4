//go:build programs

package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	reference = repository + "/docs/CLI.md"
	header    = "<!-- Generated from the programs' own help by make reference; DO NOT EDIT. -->"
)

// help runs a program for its help.
func help(t *testing.T, program string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(programs(t), program), args...)
	command.Env = []string{"NO_COLOR=1"}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(strings.ReplaceAll(string(out), programs(t), "bin"), "\n"), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.Join(lines, "\n")
}

// commandLines is what docs/CLI.md has to be: a chapter a command, by its name.
func commandLines(t *testing.T) (names []string, texts map[string]string) {
	t.Helper()
	texts = map[string]string{}
	add := func(name, text string) {
		names = append(names, name)
		texts[name] = text
	}
	for _, program := range []string{"obsgen", "lab"} {
		overview := help(t, program, "help")
		add(program, overview)
		for _, found := range regexp.MustCompile(`(?m)^  ([a-z-]+) +\S`).FindAllStringSubmatch(overview, -1) {
			if verb := found[1]; verb != "help" && verb != "version" {
				add(program+" "+verb, help(t, program, verb, "-h"))
			}
		}
	}
	add("tracker", help(t, "tracker", "--help-long"))
	for _, system := range []string{"kamailio", "rtpengine", "asterisk", "sip", "platform"} {
		add(system+"_exporter", help(t, system+"_exporter", "--help"))
	}
	return names, texts
}

// TestCommandLineReference: docs/CLI.md says what the programs say of themselves.
func TestCommandLineReference(t *testing.T) {
	t.Parallel()
	names, texts := commandLines(t)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n# Command lines\n\nExit codes of all programs: 0 done, 1 it did not work or something was found, 2 the command line makes no sense.\n", header)
	for _, name := range names {
		level := "##"
		if strings.Contains(name, " ") {
			level = "###"
		}
		fmt.Fprintf(&b, "\n%s %s\n\n```text\n%s\n```\n", level, name, texts[name])
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(reference, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Error("docs/CLI.md is not what the programs say: make reference, and read the difference")
	}
}

// TestFlagsOfAllCommands: each command that a document shows, run or not, is one that the program or the Makefile knows, with flags that it
// has.
func TestFlagsOfAllCommands(t *testing.T) {
	t.Parallel()
	_, texts := commandLines(t)
	makefile, err := os.ReadFile(filepath.Join(repository, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, file := range documents(t) {
		for _, b := range blocks(t, file) {
			for _, step := range b.Steps {
				for _, words := range simple(step.Command) {
					looked++
					if problem := wrong(words, texts, string(makefile)); problem != "" {
						t.Errorf("%s:%d: %s: %s", b.File, step.Line, strings.Join(words, " "), problem)
					}
				}
			}
		}
	}
	if looked < 40 {
		t.Errorf("only %d commands were looked at", looked)
	}
}

// TestFlagsOfPipelines: what the examples for CIs run is what the programs know.
func TestFlagsOfPipelines(t *testing.T) {
	t.Parallel()
	_, texts := commandLines(t)
	files, err := filepath.Glob(filepath.Join(repository, "deploy/ci/*/*.yml"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	ours := regexp.MustCompile(`(?:^|[\s"])((?:obsgen|tracker) [a-z].*)$`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, job := range bare(string(text)) {
			t.Errorf("%s: job %s runs our programs and takes them from nowhere", file, job)
		}
		ran := map[string]bool{}
		for i, line := range strings.Split(string(text), "\n") {
			found := ours.FindStringSubmatch(line)
			if found == nil || strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			for _, words := range simple(found[1]) {
				if problem := wrong(words, texts, ""); problem != "" {
					t.Errorf("%s:%d: %s: %s", file, i+1, strings.Join(words, " "), problem)
				}
				ran[strings.Join(words[:min(2, len(words))], " ")] = true
			}
		}
		for _, want := range []string{"obsgen check", "obsgen generate", "obsgen diff", "obsgen preview", "tracker slo"} {
			if !ran[want] {
				t.Errorf("%s does not run %s: %v", file, want, ran)
			}
		}
	}
}

// bare are the jobs of a pipeline that run our programs without a step that brings them.
func bare(text string) []string {
	if _, below, nested := strings.Cut(text, "\njobs:\n"); nested { // GitLab's stand at the left margin
		text, _, _ = strings.Cut(below, "\nworkflows:\n")
		text = regexp.MustCompile(`(?m)^  `).ReplaceAllString(text, "")
	}
	name := regexp.MustCompile(`(?m)^([a-z]\w*):\n`)
	var jobs []string
	starts := name.FindAllStringSubmatchIndex(text, -1)
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		job := text[at[0]:end]
		runs := regexp.MustCompile(`(?m)(?:^|[ "])(?:obsgen|tracker) [a-z]`).MatchString(job)
		brings := regexp.MustCompile(`(?m)^ +- (?:name: Programs|programs: .*)$|^ +extends: \.programs$`).MatchString(job)
		if runs && !brings {
			jobs = append(jobs, text[at[2]:at[3]])
		}
	}
	return jobs
}

// TestBareJobsAreSeen: a job without its programs is seen in each form of pipeline.
func TestBareJobsAreSeen(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		if got := bare(text); !slices.Equal(got, want) {
			t.Errorf("want %v, got %v", want, got)
		}
	}
	const github = "name: x\njobs:\n  check:\n    steps:\n      - name: Programs\n      - run: obsgen check\n  deploy:\n    steps:\n"
	f(github+"      - run: tracker slo gate\n", "deploy")
	f(github + "      - name: Programs\n      - run: tracker slo gate\n")
	f("variables:\n  A: b\ncheck:\n  extends: .programs\n  script:\n    - obsgen check\ndeploy:\n  script:\n    - tracker slo gate\n", "deploy")
	f("commands:\n  programs:\n    x: y\njobs:\n  show:\n    steps:\n      - programs: {version: 1}\n      - run: obsgen diff\n  deploy:\n    steps:\n      - run:\n          command: tracker slo gate\nworkflows:\n  observability:\n", "deploy")
}

// simple takes a command line of a shell apart into the simple commands that it runs, each into words.
func simple(line string) [][]string {
	line = regexp.MustCompile(`\s#.*`).ReplaceAllString(strings.ReplaceAll(line, "\\\n", " "), "")
	line = regexp.MustCompile(`'[^']*'|"[^"]*"`).ReplaceAllString(line, "x")
	var all [][]string
	for _, part := range regexp.MustCompile(`\|\||&&|[;|&\n]|\$\(`).Split(line, -1) {
		if words := strings.Fields(part); len(words) > 0 {
			all = append(all, words)
		}
	}
	return all
}

// wrong says what is wrong with a simple command, "" if nothing is, or if it is not one of ours.
func wrong(words []string, texts map[string]string, makefile string) string {
	program := strings.TrimPrefix(words[0], "bin/")
	if program == "make" {
		for _, word := range words[1:] {
			if !strings.Contains(word, "=") && !regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(word)+`:`).MatchString(makefile) {
				return "the Makefile has no target " + word
			}
		}
		return ""
	}
	text, ours := texts[program]
	if !ours {
		return ""
	}
	if len(words) > 1 {
		if verb, ok := texts[program+" "+words[1]]; ok {
			text = verb
		} else if program != "tracker" && !strings.HasPrefix(words[1], "-") && words[1] != "version" && words[1] != "help" {
			return "there is no command " + words[1]
		}
	}
	for _, word := range words[1:] {
		flag, _, _ := strings.Cut(word, "=")
		if !strings.HasPrefix(flag, "-") || flag == "-" || flag == "-h" || flag == "--help" {
			continue
		}
		name := regexp.QuoteMeta(strings.TrimLeft(flag, "-"))
		if !regexp.MustCompile(`(?m)--?(\[no-\])?` + strings.TrimPrefix(name, "no-") + `\b`).MatchString(text) {
			return "there is no flag " + flag
		}
	}
	return ""
}
