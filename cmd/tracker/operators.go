package main

import (
	"fmt"

	"github.com/voipbin/observability/internal/secretfile"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// readOperators reads everybody's token. Two operators with one token could not be told apart.
func readOperators(configured []tracker.Operator) ([]web.Operator, error) {
	out := make([]web.Operator, 0, len(configured))
	seen := map[string]string{}
	for _, o := range configured {
		token, err := secretfile.Read(o.TokenFile, "token file of "+o.Name)
		if err != nil {
			return nil, err
		}
		if other, taken := seen[token]; taken {
			return nil, fmt.Errorf("%s and %s have the same token: give each their own, or their marks cannot be told apart", other, o.Name)
		}
		seen[token] = o.Name
		out = append(out, web.Operator{Name: o.Name, Token: token, ReadOnly: o.ReadOnly})
	}
	return out, nil
}
