package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// healthWithin bounds one question, so that who asks ends before whoever asked for it gives up.
const healthWithin = 3 * time.Second

// CheckHealth asks the server that listens at an address, as --web.listen-address has it, for /-/healthy: for containers, which have no other
// program that could. The server may want TLS or a password: that it says so is an answer. The error says that nobody answered, or what.
func CheckHealth(ctx context.Context, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("health of %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	client := &http.Client{
		Timeout: healthWithin,
		// Whose certificate it is does not matter to the question whether this process lives, and nothing secret is sent.
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // see above
	}
	defer client.CloseIdleConnections()
	var problems []error
	for _, scheme := range []string{"http", "https"} {
		err := answers(ctx, client, scheme+"://"+net.JoinHostPort(host, port)+"/-/healthy")
		if err == nil {
			return nil
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// answers asks once.
func answers(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<10))
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}
