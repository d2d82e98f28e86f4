package main

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/files"
)

const etc = "/etc/voipbin-observability"

// description gathers the content of one package; files that are made for it are below work.
type description struct {
	settings
	program
	work     string
	contents files.Contents
}

// describe says what goes where in the package of a program.
func (s settings) describe(ctx context.Context, p program, work string) (*nfpm.Info, error) {
	d := &description{settings: s, program: p, work: work}
	steps := []func() error{
		d.binary,
		func() error { return d.manual(ctx) },
		func() error { return d.completion(ctx) },
		d.configuration,
		d.unit,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: packageName(p.name), Arch: s.arch, Platform: "linux", Version: s.version, Release: "1", Section: "net", Priority: "optional",
		Maintainer: "VoIPBIN <observability@voipbin.net>", Vendor: "VoIPBIN", License: "Apache-2.0", MTime: s.time,
		Homepage: "https://github.com/voipbin/observability", Description: p.summary + "\n" + p.needs,
	})
	info.Contents = d.contents
	info.RPM.BuildHost = "reproducible"
	if p.service {
		scripts, err := d.scripts()
		if err != nil {
			return nil, err
		}
		info.Scripts = scripts
	}
	return info, nil
}

// packageName has no underscore, which Debian's policy (5.6.1) forbids.
func packageName(program string) string { return "voipbin-" + strings.ReplaceAll(program, "_", "-") }

func (d *description) add(source, target, kind, packager string, mode fs.FileMode) {
	d.contents = append(d.contents, &files.Content{
		Source: source, Destination: target, Type: kind, Packager: packager,
		FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: mode, MTime: d.time},
	})
}

// made writes a file of this package's own and returns its path.
func (d *description) made(name string, content []byte) (string, error) {
	file := filepath.Join(d.work, name)
	return file, os.WriteFile(file, content, 0o600)
}

func (d *description) binary() error {
	file := filepath.Join(d.binaries, d.name)
	if _, err := os.Stat(file); err != nil {
		return err
	}
	d.add(file, "/usr/bin/"+d.name, files.TypeFile, "", 0o755)
	d.add(filepath.Join(d.root, "LICENSE"), "/usr/share/doc/"+packageName(d.name)+"/copyright", files.TypeFile, "", 0o644)
	return nil
}

func (d *description) configuration() error {
	for _, c := range d.config {
		source := filepath.Join(d.root, c.source)
		err := filepath.WalkDir(source, func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			inside, err := filepath.Rel(source, file)
			d.add(file, path.Join(etc, c.target, filepath.ToSlash(inside)), files.TypeConfigNoReplace, "", 0o644)
			return err
		})
		if err != nil {
			return err
		}
	}
	if d.folder != "" {
		// The group is given to it by the script: before that there is none.
		d.add("", path.Join(etc, d.folder), files.TypeDir, "", 0o750)
	}
	return nil
}

func (d *description) unit() error {
	if !d.service {
		return nil
	}
	d.add(filepath.Join(d.root, "deploy/systemd", d.name+".service"), "/usr/lib/systemd/system/"+d.name+".service", files.TypeFile, "", 0o644)
	file, err := d.made("default", []byte(d.arg))
	if err != nil {
		return err
	}
	d.add(file, "/etc/default/"+d.name, files.TypeConfigNoReplace, "", 0o644)
	if d.folder != "" {
		d.add(filepath.Join(d.root, "deploy/systemd", d.name+".sysusers"), "/usr/lib/sysusers.d/"+d.name+".conf", files.TypeFile, "", 0o644)
	}
	return nil
}
