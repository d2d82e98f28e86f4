package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// publicDomain stands for what its authors gave away with words of their own. SPDX has no name for it.
const publicDomain = "LicenseRef-public-domain"

// permissive are the licences, by their SPDX names (https://spdx.org/licenses/), that ask for nothing but that their text goes along.
func permissive() []string {
	return []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unlicense", publicDomain}
}

// accepted are the modules whose licence asks for more, with why they may be linked all the same. Nothing else may.
func accepted() map[string]string {
	const files = "MPL-2.0 binds changes of its own files, of which there are none here, and nothing that is linked with them (section 3.3); their source is where the module's path says"
	return map[string]string{
		"github.com/go-sql-driver/mysql":        files,
		"github.com/gosimple/slug":              files,
		"github.com/cyphar/filepath-securejoin": "in the program that makes packages alone, which no release contains; there for the same reason",
	}
}

// clauses tell licences apart by a sentence that no other has. The first that is found counts, for MPL-2.0 names the GNU licences.
func clauses() []struct{ spdx, text string } {
	return []struct{ spdx, text string }{
		{"MPL-2.0", "mozilla public license version 2.0"},
		{"AGPL", "gnu affero general public license version"},
		{"LGPL", "gnu lesser general public license version"},
		{"GPL", "gnu general public license version"},
		{"EPL", "eclipse public license"},
		{"BUSL-1.1", "business source license"},
		{"SSPL-1.0", "server side public license"},
		{"Apache-2.0", "apache license version 2.0"},
		{"MIT", "permission is hereby granted free of charge to any person obtaining a copy of this software"},
		{"ISC", "permission to use copy modify and or distribute this software for any purpose with or without fee is hereby granted"},
		{"ISC", "permission to use copy modify and distribute this software for any purpose with or without fee is hereby granted"},
		{publicDomain, "put into the public domain you can do whatever you want with these files"},
		{"Unlicense", "this is free and unencumbered software released into the public domain"},
	}
}

// licencesOf tells the licences of a text, in order, none where it is none that is known.
func licencesOf(text string) []string {
	plain := strings.Join(regexp.MustCompile(`[a-z0-9.]+`).FindAllString(strings.ToLower(text), -1), " ")
	plain = strings.ReplaceAll(plain, ". ", " ")
	var found []string
	add := func(spdx string) {
		if !slices.Contains(found, spdx) {
			found = append(found, spdx)
		}
	}
	for _, c := range clauses() {
		if !strings.Contains(plain, c.text) {
			continue
		}
		if strings.HasSuffix(c.spdx, "PL") && slices.Contains(found, "MPL-2.0") {
			continue
		}
		add(c.spdx)
	}
	if strings.Contains(plain, "redistribution and use in source and binary forms") {
		if strings.Contains(plain, "neither the name") || strings.Contains(plain, "the names of its contributors may not be used") || strings.Contains(plain, "may not be used to endorse or promote products") {
			add("BSD-3-Clause")
		} else {
			add("BSD-2-Clause")
		}
	}
	slices.Sort(found)
	return found
}

// read finds a module's licences in its own folder.
func (m *module) read() error {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return fmt.Errorf("licence of %s: %w", m.Path, err)
	}
	name := regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense|notice)([-.].*)?$`)
	var notice strings.Builder
	for _, e := range entries {
		if e.IsDir() || !name.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			return fmt.Errorf("licence of %s: %w", m.Path, err)
		}
		fmt.Fprintf(&notice, "%s\n", strings.TrimRight(string(text), "\n"))
		if regexp.MustCompile(`(?i)3rd|third`).MatchString(e.Name()) {
			continue // of what the module uses: what of that is linked here is a module of its own in this list
		}
		for _, spdx := range licencesOf(string(text)) {
			if !slices.Contains(m.licences, spdx) {
				m.licences = append(m.licences, spdx)
			}
		}
	}
	slices.Sort(m.licences)
	m.notice = notice.String()
	return nil
}

// refusal says why a module may not be linked, "" if it may.
func (m module) refusal() string {
	_, known := accepted()[m.Path]
	switch {
	case len(m.licences) == 0:
		return m.Path + " " + m.Version + ": no licence that is known: read it, and teach this program to tell it, or do without the module"
	case known:
		return ""
	}
	for _, spdx := range m.licences {
		if !slices.Contains(permissive(), spdx) {
			return m.Path + " " + m.Version + ": " + spdx + " is not permissive: do without the module, or say in accepted why it may be linked"
		}
	}
	return ""
}
