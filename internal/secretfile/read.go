// Package secretfile reads passwords and tokens from files of their own, so that none stands in a configuration, a command line or a log. It
// writes nothing and remembers nothing: a changed file counts from the next reading on.
package secretfile

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxBytes bounds the file of a secret.
const maxBytes = 4096

// Read returns the first line of a file, without its end. what names the secret in errors, which never hold any of it: "password file", say.
func Read(path, what string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	if len(data) > maxBytes {
		return "", fmt.Errorf("%s %q is larger than %d bytes", what, path, maxBytes)
	}
	secret, _, _ := strings.Cut(string(data), "\n")
	secret = strings.TrimSuffix(secret, "\r")
	if secret == "" {
		return "", fmt.Errorf("%s %q: its first line is empty", what, path)
	}
	return secret, nil
}
