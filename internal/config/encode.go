package config

import (
	"bytes"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// Encode writes a value as YAML, indented by two spaces, below a header of comment lines. Fields keep the order of their
// struct and maps are sorted, so equal values give equal bytes. Each line of header becomes one comment.
func Encode(header string, value any) ([]byte, error) {
	var out bytes.Buffer
	for line := range strings.Lines(header) {
		out.WriteString(strings.TrimRight("# "+strings.TrimSpace(line), " ") + "\n")
	}
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode yaml: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("encode yaml: %w", err)
	}
	return out.Bytes(), nil
}
