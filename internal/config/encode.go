package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// Encode writes a value as YAML, indented by two spaces, below a header of comment lines. Fields keep the order of their
// struct and maps are sorted, so equal values give equal bytes. Each line of header becomes one comment.
func Encode(header string, value any) ([]byte, error) { return new(Encoder).Encode(header, value) }

// Encoder encodes many values of few types. The zero Encoder is ready, and may be used by several goroutines at once.
type Encoder struct {
	layouts layouts
}

// Encode is as the function of that name.
func (e *Encoder) Encode(header string, value any) ([]byte, error) {
	var out bytes.Buffer
	if err := e.EncodeTo(&out, header, value); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// EncodeTo is Encode into a buffer, which on an error holds anything.
func (e *Encoder) EncodeTo(out *bytes.Buffer, header string, value any) error {
	for line := range strings.Lines(header) {
		out.WriteString(strings.TrimRight("# "+strings.TrimSpace(line), " ") + "\n")
	}
	below := out.Len()
	err := e.print(out, value)
	if errors.Is(err, errUnusual) {
		out.Truncate(below)
		err = encodeAny(out, value)
	}
	if err != nil {
		return fmt.Errorf("encode yaml: %w", err)
	}
	return nil
}

// encodeAny leaves a value to the library.
func encodeAny(out *bytes.Buffer, value any) error {
	encoder := yaml.NewEncoder(out)
	encoder.SetIndent(2)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	return encoder.Close()
}
