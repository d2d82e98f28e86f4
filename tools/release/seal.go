package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The files of a release besides archives, packages and bills of materials.
const (
	sumsFile    = "SHA256SUMS"
	notesFile   = "RELEASE-NOTES.md"
	noticesFile = "THIRD-PARTY-LICENCES.txt"
)

// seal makes of built programs what is published: archives, bills of materials, licences, notes, and last the sums of all that is there.
func (s settings) seal(ctx context.Context, stdout io.Writer) error {
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return err
	}
	all, err := s.take(ctx)
	if err != nil {
		return err
	}
	if err := all.refused(); err != nil {
		return err
	}
	known := map[string][]string{}
	for _, m := range all.linked {
		known[m.Path] = m.licences
	}
	if err := s.write(noticesFile, []byte(all.notices())); err != nil {
		return err
	}
	for _, arch := range s.arches {
		if err := s.archive(arch); err != nil {
			return fmt.Errorf("archive for %s: %w", arch, err)
		}
		if err := s.bills(arch, known); err != nil {
			return err
		}
	}
	if err := s.notes(ctx); err != nil {
		return err
	}
	return s.sums(stdout)
}

// write writes a file of the release.
func (s settings) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(s.out, name), content, 0o644)
}

// prefix is the begin of the names of what is for one architecture.
func (s settings) prefix(arch string) string {
	return "voipbin-observability_" + s.version + "_linux_" + arch
}

// bills writes the bill of materials of each program.
func (s settings) bills(arch string, licences map[string][]string) error {
	for _, p := range programs() {
		name := filepath.Base(p)
		text, err := materials(filepath.Join(s.binaries(arch), name), s.version, s.time, licences)
		if err != nil {
			return err
		}
		if err := s.write(name+"_"+s.version+"_linux_"+arch+".cdx.json", text); err != nil {
			return err
		}
	}
	return nil
}

// notes writes what changed.
func (s settings) notes(ctx context.Context) error {
	changelog, err := os.ReadFile(filepath.Join(s.root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	metrics, err := s.metricsChanged(ctx)
	if err != nil {
		return err
	}
	text := section(string(changelog), s.version)
	if text == "" {
		return fmt.Errorf("CHANGELOG.md has neither a section %q nor one of what is unreleased", s.version)
	}
	return s.write(notesFile, []byte("# VoIPBIN Observability "+s.version+"\n\n"+text+"\n"+metrics))
}

// archive packs all programs of an architecture with their licences. The same files make the same bytes.
func (s settings) archive(arch string) (err error) {
	f, err := os.Create(filepath.Join(s.out, s.prefix(arch)+".tar.gz"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	zip, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	pack := tar.NewWriter(zip)
	files := map[string]string{"LICENSE": filepath.Join(s.root, "LICENSE"), noticesFile: filepath.Join(s.out, noticesFile)}
	names := []string{"LICENSE", noticesFile}
	for _, p := range programs() {
		name := filepath.Base(p)
		names = append(names, name)
		files[name] = filepath.Join(s.binaries(arch), name)
	}
	for _, name := range names {
		if err := s.add(pack, s.prefix(arch)+"/"+name, files[name]); err != nil {
			return err
		}
	}
	return errors.Join(pack.Close(), zip.Close())
}

// add puts one file into an archive, as root's, with the time of the commit.
func (s settings) add(pack *tar.Writer, name, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	mode := int64(0o644)
	if strings.HasPrefix(string(content), "\x7fELF") {
		mode = 0o755
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: mode, ModTime: s.time, Format: tar.FormatUSTAR}
	if err := pack.WriteHeader(header); err != nil {
		return err
	}
	_, err = pack.Write(content)
	return err
}

// sums writes the sums of all files of the release, in the form of sha256sum, and prints them.
func (s settings) sums(stdout io.Writer) error {
	entries, err := os.ReadDir(s.out)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, e := range entries {
		if e.Name() == sumsFile || !e.Type().IsRegular() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(s.out, e.Name()))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		fmt.Fprintf(&b, "%s  %s\n", hex.EncodeToString(sum[:]), e.Name())
	}
	if _, err := io.WriteString(stdout, b.String()); err != nil {
		return err
	}
	return s.write(sumsFile, []byte(b.String()))
}
