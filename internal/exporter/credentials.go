package exporter

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// maxPasswordBytes bounds the file of a password.
const maxPasswordBytes = 4096

// Credentials say how to log in. The password stays in its file and is read when it is needed, so it is in no log and no
// configuration, and a new one counts from the next login on.
type Credentials struct {
	Username string
	// PasswordFile is the path of a file whose first line is the password; empty is no password.
	PasswordFile string
}

// Password reads the password. Its errors name the file and never what is in it.
func (c Credentials) Password() (string, error) {
	if c.PasswordFile == "" {
		return "", nil
	}
	f, err := os.Open(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("password file: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, maxPasswordBytes+1))
	if err != nil {
		return "", fmt.Errorf("password file: %w", err)
	}
	if len(data) > maxPasswordBytes {
		return "", fmt.Errorf("password file %q is larger than %d bytes", c.PasswordFile, maxPasswordBytes)
	}
	password, _, _ := strings.Cut(string(data), "\n")
	password = strings.TrimSuffix(password, "\r")
	if password == "" {
		return "", fmt.Errorf("password file %q: its first line is empty", c.PasswordFile)
	}
	return password, nil
}

// errCredentialsInAddress does not repeat the address.
var errCredentialsInAddress = errors.New("an address must not hold a user or password, because addresses are logged: use username and password_file")

// withoutCredentials refuses an address such as http://user:password@host.
func withoutCredentials(address string) error {
	if regexp.MustCompile(`//[^/]*@`).MatchString(address) {
		return errCredentialsInAddress
	}
	return nil
}
