package jsonrpc

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ParseURL reads the address of a jsonrpcs server, such as http://127.0.0.1:5060/RPC. Without a path [DefaultPath] is
// taken. It refuses credentials and a query, which have no meaning there and would end up in messages.
func ParseURL(s string) (*url.URL, error) {
	const want = "want http://host:port" + DefaultPath
	u, err := url.Parse(s)
	shown, _, _ := strings.Cut(s, "?") // what is asked there may be a secret too
	switch {
	case strings.Contains(s, "@"):
		// Not quoted: what stands before the @ may be a password.
		return nil, errors.New("address with an @: jsonrpcs knows no credentials: " + want)
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, fmt.Errorf("address %q: "+want, shown)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("address with scheme %q: "+want, u.Scheme)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("address %q: nothing may follow the path: "+want, shown)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = DefaultPath
	}
	return u, nil
}
