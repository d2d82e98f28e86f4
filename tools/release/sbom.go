package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The form of a bill of materials: CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/, ECMA-424).
type (
	bill struct {
		Format       string         `json:"bomFormat"`
		Spec         string         `json:"specVersion"`
		Serial       string         `json:"serialNumber"`
		Version      int            `json:"version"`
		Metadata     billMetadata   `json:"metadata"`
		Components   []component    `json:"components"`
		Dependencies []dependencies `json:"dependencies"`
	}
	billMetadata struct {
		Timestamp string    `json:"timestamp"`
		Tools     billTools `json:"tools"`
		Component component `json:"component"`
	}
	billTools struct {
		Components []component `json:"components"`
	}
	component struct {
		Type       string     `json:"type"`
		Ref        string     `json:"bom-ref,omitempty"`
		Name       string     `json:"name"`
		Version    string     `json:"version,omitempty"`
		Hashes     []hash     `json:"hashes,omitempty"`
		Licences   []choice   `json:"licenses,omitempty"`
		PURL       string     `json:"purl,omitempty"`
		Properties []property `json:"properties,omitempty"`
	}
	hash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	choice struct {
		Licence spdx `json:"license"`
	}
	spdx struct {
		ID string `json:"id"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependencies struct {
		Ref string   `json:"ref"`
		On  []string `json:"dependsOn"`
	}
)

// materials is the bill of materials of one program, from what the program says of itself. licences are those of modules by their paths. The
// same program makes the same bytes.
func materials(program, version string, made time.Time, licences map[string][]string) ([]byte, error) {
	main, deps, goVersion, err := linked(program)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	name := filepath.Base(program)
	b := bill{
		Format: "CycloneDX", Spec: "1.6", Serial: "urn:uuid:" + uuid(sum), Version: 1,
		Metadata: billMetadata{
			Timestamp: made.UTC().Format(time.RFC3339),
			Tools:     billTools{[]component{{Type: "application", Name: "github.com/voipbin/observability/tools/release"}}},
			Component: component{
				Type: "application", Ref: purl(main.Path, version), Name: name, Version: version, PURL: purl(main.Path, version),
				Hashes: []hash{{"SHA-256", hex.EncodeToString(sum[:])}}, Licences: []choice{{spdx{"Apache-2.0"}}},
			},
		},
	}
	standard := strings.TrimPrefix(goVersion, "go")
	b.Components = append(b.Components, component{
		Type: "library", Ref: purl("stdlib", standard), Name: "stdlib", Version: standard, PURL: purl("stdlib", standard), Licences: []choice{{spdx{"BSD-3-Clause"}}},
	})
	on := []string{purl("stdlib", standard)}
	for _, m := range deps {
		c := component{Type: "library", Ref: purl(m.Path, m.Version), Name: m.Path, Version: m.Version, PURL: purl(m.Path, m.Version)}
		for _, id := range licences[m.Path] {
			c.Licences = append(c.Licences, choice{spdx{id}})
		}
		if len(c.Licences) == 0 {
			return nil, fmt.Errorf("bill of materials of %s: %s has no licence that is known", name, m.Path)
		}
		if m.Sum != "" {
			c.Properties = []property{{"voipbin:go.sum", m.Sum}}
		}
		b.Components = append(b.Components, c)
		on = append(on, c.Ref)
	}
	b.Dependencies = []dependencies{{Ref: b.Metadata.Component.Ref, On: on}}
	text, err := json.MarshalIndent(b, "", "  ")
	return append(text, '\n'), err
}

// purl is the package URL of a module (https://github.com/package-url/purl-spec, type golang: all in lower case).
func purl(path, version string) string {
	return "pkg:golang/" + strings.ToLower(path) + "@" + strings.ReplaceAll(version, "+", "%2B")
}

// uuid makes an identifier of the form that CycloneDX wants of a hash: version 8, of a form of our own (RFC 9562, section 5.8).
func uuid(sum [sha256.Size]byte) string {
	id := sum
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	text := hex.EncodeToString(id[:16])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}
