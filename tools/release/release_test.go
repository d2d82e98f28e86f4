package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const repository = "../.."

// copySources copies what programs are made of.
func copySources(t *testing.T, to string) {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(repository, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"cmd", "internal"} {
		if err := os.CopyFS(filepath.Join(to, name), os.DirFS(filepath.Join(repository, name))); err != nil {
			t.Fatal(err)
		}
	}
}

func digest(t *testing.T, file string) [sha256.Size]byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(content)
}

// bills holds the bill of materials of a program to CycloneDX's own schema and types.
func bills(t *testing.T, program string) {
	t.Helper()
	s := settings{root: repository}
	all, err := s.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	licences := map[string][]string{}
	for _, m := range all.linked {
		licences[m.Path] = m.licences
	}
	made := time.Date(2026, 1, 31, 22, 0, 0, 0, time.UTC)
	text, err := materials(program, "0.1.0", made, licences)
	if err != nil {
		t.Fatal(err)
	}
	var typed cyclonedx.BOM
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&typed); err != nil {
		t.Error(err)
	}
	if n := len(*typed.Components); n < 20 || typed.Metadata.Component.Name != "rtpengine_exporter" {
		t.Errorf("%d components of %s", n, typed.Metadata.Component.Name)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(value); err != nil {
		t.Error(err)
	}
	delete(licences, "github.com/alecthomas/kingpin/v2")
	if _, err := materials(program, "0.1.0", made, licences); err == nil || !strings.Contains(err.Error(), "kingpin") {
		t.Errorf("a module without a licence is left without one: %v", err)
	}
	if _, err := materials("main.go", "0.1.0", made, licences); err == nil {
		t.Error("what is no program has a bill of materials")
	}
}

// schema is CycloneDX 1.6, as its makers' own module ships it.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	for at, name := range map[string]string{
		"http://cyclonedx.org/schema/bom-1.6.schema.json": "bom-1.6.schema.json", "http://cyclonedx.org/schema/spdx.schema.json": "spdx.schema.json",
		"http://cyclonedx.org/schema/jsf-0.82.schema.json": "jsf-0.82.schemax.json",
	} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema", name))
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = compiler.AddResource(at, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	compiled, err := compiler.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// TestLicencesOfThisRepository: nothing is linked that may not be, and docs/LICENCES.md says what there is.
func TestLicencesOfThisRepository(t *testing.T) {
	t.Parallel()
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"-root", repository, "-check", "licences"}, os.Getenv, &out, &errs); code != 0 {
		t.Errorf("%d: %s", code, errs.String())
	}
}

func TestLicences(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		if got := strings.Join(licencesOf(text), ","); got != want {
			t.Errorf("%q: want %q, got %q", text, want, got)
		}
	}
	f("Apache License\n  Version 2.0, January 2004", "Apache-2.0")
	f("GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007", "GPL")
	f("GNU Affero General Public License\nversion 3", "AGPL")
	f("Mozilla Public License Version 2.0 ... the GNU General Public License, Version 2.0", "MPL-2.0")
	f("Permission is hereby granted, free of charge, to any person\nobtaining a copy of this software and", "MIT")
	f("Redistribution and use in source and binary forms, with or without", "BSD-2-Clause")
	f("Redistribution and use in source and binary forms... Neither the name of", "BSD-3-Clause")
	f("All rights reserved.", "")
	for _, m := range []module{{Path: "example.org/a", licences: []string{"GPL"}}, {Path: "example.org/b"}, {Path: "example.org/c", licences: []string{"MIT", "SSPL-1.0"}}} {
		if m.refusal() == "" {
			t.Errorf("%s with %v may be linked", m.Path, m.licences)
		}
	}
	if why := (module{Path: "example.org/d", licences: []string{"MIT"}}).refusal(); why != "" {
		t.Error(why)
	}
}

func TestMetricsChanged(t *testing.T) {
	t.Parallel()
	before, now := "a_total{x}\nb{}\nc{y}\n", "a_total{x,z}\nc{y}\nd{}\n"
	want := "### Metrics changed\n\n* labels of `a_total`: `{x,z}`, before `{x}`\n* removed: `b`\n* new: `d{}`\n"
	if got := changed(families(before), families(now), "v0.1.0"); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	if got := changed(families(now), families(now), "v0.1.0"); !strings.Contains(got, "None of the stable families") {
		t.Error(got)
	}
	s := settings{root: repository}
	if got, err := s.metricsChanged(t.Context()); err != nil || !strings.Contains(got, "stable families are new") {
		t.Errorf("%v, %q", err, got)
	}
	s.since = "HEAD"
	if _, err := s.metricsChanged(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSection(t *testing.T) {
	t.Parallel()
	const changelog = "# Changelog\n\n## Unreleased\n\n* new\n\n## 0.1.0\n\n* old\n"
	if got := section(changelog, "0.1.0"); got != "* old\n" {
		t.Errorf("%q", got)
	}
	if got := section(changelog, "0.2.0"); got != "* new\n" {
		t.Errorf("%q", got)
	}
	if got := section("# Changelog\n", "0.2.0"); got != "" {
		t.Errorf("%q", got)
	}
}

// TestArchive: the same files make the same bytes, and sha256sum accepts the sums.
func TestArchive(t *testing.T) {
	t.Parallel()
	var packed [][]byte
	for range 2 {
		s := settings{root: repository, out: filepath.Join(t.TempDir(), "release"), version: "0.1.0", time: time.Unix(1_700_000_000, 0)}
		if err := errors.Join(os.MkdirAll(s.out, 0o755), os.MkdirAll(s.binaries("amd64"), 0o755), s.write(noticesFile, []byte("text"))); err != nil {
			t.Fatal(err)
		}
		for _, p := range programs() {
			if err := os.WriteFile(filepath.Join(s.binaries("amd64"), filepath.Base(p)), []byte("\x7fELF "+p), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(s.archive("amd64"), s.sums(io.Discard)); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(s.out, s.prefix("amd64")+".tar.gz"))
		if err != nil {
			t.Fatal(err)
		}
		packed = append(packed, content)
		check := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", sumsFile)
		check.Dir = s.out
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
	if !bytes.Equal(packed[0], packed[1]) {
		t.Error("two archives of the same files differ")
	}
	modes := unpack(t, packed[0])
	if len(modes) != len(programs())+2 || modes["tracker"] != 0o755 || modes["LICENSE"] != 0o644 {
		t.Errorf("the archive has %v", modes)
	}
}

// unpack lists the files of an archive with their modes.
func unpack(t *testing.T, archive []byte) map[string]fs.FileMode {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]fs.FileMode{}
	for r := tar.NewReader(zip); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return modes
		}
		if err != nil {
			t.Fatal(err)
		}
		modes[filepath.Base(h.Name)] = fs.FileMode(h.Mode)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	for _, args := range [][]string{{}, {"dance"}, {"build"}, {"-version", "0.1.0", "seal"}, {"-nothing"}, {"a", "b"}} {
		if code := run(t.Context(), args, none, io.Discard, io.Discard); code != 2 {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}
