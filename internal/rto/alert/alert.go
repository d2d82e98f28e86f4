// Package alert learns from Alertmanager which alerts fired and when somebody could know: by asking it, and by taking its notifications. It judges
// no alert, and changes nothing there but silences of its own, none of which is without an end.
package alert

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	api "github.com/prometheus/alertmanager/api/v2/client"

	"github.com/voipbin/observability/internal/rto"
)

// requestTimeout bounds a request where the context does not.
const requestTimeout = 10 * time.Second

// The bounds of what is kept of an alert: labels tell it apart, and nobody's data belongs in them.
const (
	maxLabels = 32
	maxValue  = 256
	maxAlerts = 5000
)

// errAddress refuses an address without its parts.
var errAddress = errors.New("address of Alertmanager: want http://host:port or https://host:port, with a path if it has one")

// dial prepares a client; it connects when it is used.
func dial(address string) (*api.AlertmanagerAPI, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, errAddress
	}
	transport := client.NewWithClient(u.Host, strings.TrimSuffix(u.Path, "/")+"/api/v2", []string{u.Scheme}, &http.Client{Timeout: requestTimeout})
	return api.New(transport, strfmt.Default), nil
}

// labelsOf copies labels within bounds, the name left out.
func labelsOf(all map[string]string) map[string]string {
	out := make(map[string]string, len(all))
	for k, v := range all {
		if k == "alertname" || len(out) == maxLabels {
			continue
		}
		out[k] = v[:min(len(v), maxValue)]
	}
	return out
}

// instant is a time of Alertmanager's; the zero time and those far off are none.
func instant(t time.Time) rto.Instant {
	if t.Year() < 1970 || t.Year() > 9000 {
		return 0
	}
	return rto.InstantOf(t)
}

// failed is an error of a request without what the server said.
func failed(what string, err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return fmt.Errorf("%s: %w", what, u.Err)
	}
	return fmt.Errorf("%s: Alertmanager refused, or what answers is none", what)
}
