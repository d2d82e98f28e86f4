package exporter

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/voipbin/observability/internal/secretfile"
)

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
	return secretfile.Read(c.PasswordFile, "password file")
}

// errCredentialsInAddress does not repeat the address.
var errCredentialsInAddress = errors.New("an address must not hold a user or password, because addresses are logged")

// withoutCredentials refuses an address such as http://user:password@host. login tells whether there is another way to say them.
func withoutCredentials(address string, login bool) error {
	switch {
	case !regexp.MustCompile(`//[^/]*@`).MatchString(address):
		return nil
	case login:
		return fmt.Errorf("%w: use username and password_file", errCredentialsInAddress)
	}
	return errCredentialsInAddress
}
