package alert

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// maxWebhook bounds a notification's body.
const maxWebhook = 1 << 20

// Webhook takes Alertmanager's notifications (webhook_config, version 4 of its message). The moment of arrival is when a person could know.
type Webhook struct {
	// Token is what Alertmanager sends along as a bearer token.
	Token string
	Now   func() rto.Instant
	// Take keeps what was seen; a notification is acknowledged only after that, and Alertmanager sends it again otherwise.
	Take func(context.Context, []rto.AlertSeen) error
}

// message is the part of a notification that is read.
type message struct {
	Version string `json:"version"`
	Alerts  []struct {
		Status      string            `json:"status"`
		Labels      map[string]string `json:"labels"`
		StartsAt    time.Time         `json:"startsAt"`
		EndsAt      time.Time         `json:"endsAt"`
		Fingerprint string            `json:"fingerprint"`
	} `json:"alerts"`
}

// ServeHTTP answers 200 when the notification is kept, 401 without the token, 400 to what is none, and 503 when it could not be kept.
func (h *Webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := h.Now()
	given := sha256.Sum256([]byte(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
	want := sha256.Sum256([]byte(h.Token))
	if h.Token == "" || subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		http.Error(w, "want the token of this webhook", http.StatusUnauthorized)
		return
	}
	var m message
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxWebhook)).Decode(&m); err != nil || m.Version != "4" {
		http.Error(w, "this is no notification of Alertmanager, version 4", http.StatusBadRequest)
		return
	}
	if err := h.Take(r.Context(), sightings(m, arrived)); err != nil {
		http.Error(w, "it could not be kept; send it again", http.StatusServiceUnavailable)
	}
}

func sightings(m message, arrived rto.Instant) []rto.AlertSeen {
	var out []rto.AlertSeen
	for _, a := range m.Alerts {
		if a.Labels["alertname"] == "" || len(out) == maxAlerts {
			continue
		}
		s := rto.AlertSeen{
			Name: a.Labels["alertname"], Labels: labelsOf(a.Labels), Fingerprint: a.Fingerprint, Starts: instant(a.StartsAt), Received: arrived,
		}
		if a.Status == "resolved" {
			s.Resolved = instant(a.EndsAt)
		}
		out = append(out, s)
	}
	return out
}
