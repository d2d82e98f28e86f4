package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2/files"
)

// ask runs the program, which has to be built for this machine, and returns what it prints.
func (d *description) ask(ctx context.Context, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, filepath.Join(d.binaries, d.name), args...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(command.Args, " "), err, errs.Bytes())
	}
	// What prints its help as a usage error does is a help all the same.
	return append(out.Bytes(), errs.Bytes()...), nil
}

// manual adds the man page: what the program says of itself.
func (d *description) manual(ctx context.Context) error {
	page, err := d.page(ctx)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = w.Write(page)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	file, err := d.made("manual", packed.Bytes())
	d.add(file, "/usr/share/man/man1/"+d.name+".1.gz", files.TypeFile, "", 0o644)
	return err
}

func (d *description) page(ctx context.Context) ([]byte, error) {
	if d.name != "obsgen" {
		return d.ask(ctx, "--help-man")
	}
	// obsgen uses Go's own flags, which make no man pages: its help is shown as it is, command by command.
	help, err := d.ask(ctx, "help")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, ".TH obsgen 1 \"\" \"obsgen %s\"\n.SH NAME\nobsgen \\- %s\n", d.version, d.summary)
	verbatim(&b, "DESCRIPTION", string(help))
	for line := range strings.Lines(string(help)) {
		command, _, found := strings.Cut(strings.TrimPrefix(line, "  "), " ")
		if !found || !strings.HasPrefix(line, "  ") || command == "help" {
			continue
		}
		text, err := d.ask(ctx, command, "-h")
		if err != nil {
			return nil, err
		}
		verbatim(&b, "obsgen "+command, string(text))
	}
	return []byte(b.String()), nil
}

// verbatim writes a section of text as it is. In roff a backslash escapes and a line that begins with a dot or a quote commands.
func verbatim(b *strings.Builder, title, text string) {
	fmt.Fprintf(b, ".SH %q\n.nf\n", title)
	for line := range strings.Lines(strings.ReplaceAll(text, `\`, `\e`)) {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		b.WriteString(strings.ReplaceAll(line, "-", `\-`))
	}
	b.WriteString("\n.fi\n")
}

// completion adds what bash and zsh need to complete the program's flags. Debian's zsh looks into another folder than Fedora's.
func (d *description) completion(ctx context.Context) error {
	for _, shell := range []string{"bash", "zsh"} {
		args := []string{"--completion-script-" + shell}
		if d.name == "obsgen" {
			args = []string{"completion", shell}
		}
		script, err := d.ask(ctx, args...)
		if err != nil {
			return err
		}
		file, err := d.made("completion."+shell, script)
		if err != nil {
			return err
		}
		if shell == "bash" {
			d.add(file, "/usr/share/bash-completion/completions/"+d.name, files.TypeFile, "", 0o644)
			continue
		}
		d.add(file, "/usr/share/zsh/vendor-completions/_"+d.name, files.TypeFile, "deb", 0o644)
		d.add(file, "/usr/share/zsh/site-functions/_"+d.name, files.TypeFile, "rpm", 0o644)
	}
	return nil
}
