// Package console reads the commands that documents show, so that tests can run them: fenced blocks of the language "console", in which
// a command stands behind "$ " and its output below it. It runs nothing, and refuses documents that show commands in another way, since
// nobody would run those.
package console

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Block is one fenced block of commands.
type Block struct {
	File string // as the caller names it
	Line int    // of the fence, from 1
	// By is the integration test that runs the block, for one that needs real daemons. A comment before the fence says so:
	// <!-- run by TestName: reason -->
	By string
	// NotRun says why nobody runs the block: <!-- not run: reason -->. Its command lines are held to what the programs know all the same.
	NotRun string
	Steps  []Step
}

// Step is a command and what it has to print.
type Step struct {
	Line    int
	Command string // for a shell, with the lines that follow a backslash at the end or have "> " before them
	// Want are the lines of output, standard error among them; nil where the document shows none. A line of "..." stands for any number
	// of lines, and "…" for any text within a line.
	Want []string
}

// Read returns the blocks of a document in their order. The error names the line of what no test could run: a fence without a language, or
// one of a shell's languages.
func Read(file, text string) ([]Block, error) {
	r := reader{file: file, lines: strings.Split(text, "\n")}
	var blocks []Block
	for r.at < len(r.lines) {
		language, fenced := strings.CutPrefix(strings.TrimLeft(r.lines[r.at], " "), "```")
		if !fenced {
			r.note()
			r.at++
			continue
		}
		b, err := r.block(strings.TrimSpace(language))
		if err != nil {
			return nil, err
		}
		if b != nil {
			blocks = append(blocks, *b)
		}
		r.mark = ""
	}
	return blocks, nil
}

// reader goes through a document.
type reader struct {
	file  string
	lines []string
	at    int
	mark  string // the comment right before, if it is about running
}

// note remembers a comment about the block that follows it.
func (r *reader) note() {
	line := strings.TrimSpace(r.lines[r.at])
	switch {
	case strings.HasPrefix(line, "<!-- run by ") || strings.HasPrefix(line, "<!-- not run: "):
		r.mark = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(line, "<!--"), "-->"))
	case line != "":
		r.mark = ""
	}
}

// block reads a fenced block, and returns nil for one that shows no commands.
func (r *reader) block(language string) (*Block, error) {
	b := &Block{File: r.file, Line: r.at + 1}
	if language == "" || slices.Contains([]string{"sh", "bash", "shell", "zsh", "shell-session"}, language) {
		return nil, fmt.Errorf("%s:%d: a fence of language %q: commands are \"console\", with \"$ \" before each; drawings and files are \"text\" or what they are", r.file, b.Line, language)
	}
	indent := len(r.lines[r.at]) - len(strings.TrimLeft(r.lines[r.at], " "))
	var body []string
	for r.at++; r.at < len(r.lines); r.at++ {
		line := r.lines[r.at]
		if strings.HasPrefix(strings.TrimLeft(line, " "), "```") {
			r.at++
			break
		}
		body = append(body, strings.TrimRight(line[min(indent, len(line)-len(strings.TrimLeft(line, " "))):], " "))
	}
	if language != "console" {
		return nil, nil
	}
	if err := b.marked(r.mark); err != nil {
		return nil, err
	}
	return b, b.read(body)
}

// marked reads the comment before a block.
func (b *Block) marked(mark string) error {
	switch found := regexp.MustCompile(`^(?:run by (Test\w+)|(not run)): (.+)$`).FindStringSubmatch(mark); {
	case mark == "":
	case found == nil:
		return fmt.Errorf("%s:%d: the comment before the block is neither \"run by TestName: reason\" nor \"not run: reason\"", b.File, b.Line)
	case found[2] != "":
		b.NotRun = found[3]
	default:
		b.By = found[1]
	}
	return nil
}

// read reads commands and outputs.
func (b *Block) read(body []string) error {
	open := false // the command goes on
	for i, line := range body {
		command, begins := strings.CutPrefix(line, "$ ")
		switch last := len(b.Steps) - 1; {
		case open:
			b.Steps[last].Command += "\n" + line
			open = strings.HasSuffix(line, `\`)
		case last >= 0 && b.Steps[last].Want == nil && strings.HasPrefix(line, "> "):
			b.Steps[last].Command += "\n" + line[len("> "):]
		case begins:
			b.Steps = append(b.Steps, Step{Line: b.Line + i + 1, Command: command})
			open = strings.HasSuffix(command, `\`)
		case regexp.MustCompile(`^(?:bin/)?(?:obsgen|tracker|lab|[a-z]+_exporter) (?:--)?[a-z][a-z-]*(?: |$)`).MatchString(line):
			return fmt.Errorf("%s:%d: %q is a command without \"$ \" before it", b.File, b.Line+i+1, line)
		case last < 0:
			return fmt.Errorf("%s:%d: output before the first command: a command has \"$ \" before it", b.File, b.Line+i+1)
		default:
			b.Steps[last].Want = append(b.Steps[last].Want, line)
		}
	}
	if len(b.Steps) == 0 {
		return fmt.Errorf("%s:%d: a block of commands without any", b.File, b.Line)
	}
	return nil
}

// Match reports whether an output is what a step shows. A step that shows nothing takes anything.
func (s Step) Match(output string) bool {
	want := slices.Clone(s.Want)
	for len(want) > 0 && want[len(want)-1] == "" {
		want = want[:len(want)-1]
	}
	if len(want) == 0 {
		return true
	}
	var pattern strings.Builder
	pattern.WriteString(`(?s)^`)
	for _, line := range want {
		if line == "..." {
			pattern.WriteString(`([^\n]*\n)*`)
			continue
		}
		for i, part := range strings.Split(line, "…") {
			if i > 0 {
				pattern.WriteString(`[^\n]*`)
			}
			pattern.WriteString(regexp.QuoteMeta(part))
		}
		pattern.WriteString(`[ ]*\n`)
	}
	pattern.WriteString(`$`)
	return regexp.MustCompile(pattern.String()).MatchString(strings.TrimRight(output, "\n") + "\n")
}
