package httpserver

import (
	"fmt"
	"net/http"

	"github.com/prometheus/exporter-toolkit/web"
)

// Link is a line of a landing page. Path is relative to the page, for example "metrics".
type Link struct{ Path, Text, Description string }

// Landing returns the page that a person sees at the root of a server: its name, version and links.
func Landing(name, description, version string, links []Link) (http.Handler, error) {
	c := web.LandingConfig{Name: name, Description: description, Version: version, Profiling: "false"}
	for _, l := range links {
		c.Links = append(c.Links, web.LandingLinks{Address: l.Path, Text: l.Text, Description: l.Description})
	}
	page, err := web.NewLandingPage(c)
	if err != nil {
		return nil, fmt.Errorf("landing page of %q: %w", name, err)
	}
	return page, nil
}
