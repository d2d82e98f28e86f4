package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The bounds of what the webhook takes and keeps.
const (
	maxNotification  = 1 << 20
	keptNotification = 20
)

// webhookPath is where the Slack-format messages go.
const webhookPath = "/slack"

// Notification is one message that Alertmanager sent.
type Notification struct {
	At   time.Time
	Text string
}

// Webhook is a Slack-format webhook on loopback: where a chat would be.
type Webhook struct {
	listener net.Listener
	server   localServer

	mu    sync.Mutex // guards what follows
	total int
	last  []Notification
}

// StartWebhook listens on any free port.
func StartWebhook() (*Webhook, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // does not block
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	w := &Webhook{listener: l}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+webhookPath, w.take)
	w.server = serveLocal(l, mux)
	return w, nil
}

// URL is the webhook's address.
func (w *Webhook) URL() string { return "http://" + w.listener.Addr().String() + webhookPath }

// slackMessage is the part of an incoming-webhook message that carries text
// (https://api.slack.com/reference/messaging/attachments).
type slackMessage struct {
	Text        string `json:"text"`
	Attachments []struct {
		Title string `json:"title"`
		Text  string `json:"text"`
	} `json:"attachments"`
}

func (w *Webhook) take(rw http.ResponseWriter, r *http.Request) {
	var m slackMessage
	if err := json.NewDecoder(io.LimitReader(r.Body, maxNotification)).Decode(&m); err != nil {
		http.Error(rw, "want a Slack-format message", http.StatusBadRequest)
		return
	}
	parts := []string{m.Text}
	for _, a := range m.Attachments {
		parts = append(parts, a.Title, a.Text)
	}
	_, _ = io.WriteString(rw, "ok") // what Slack says; Alertmanager takes any other answer for a refusal, and tells of it
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total++
	w.last = append(w.last, Notification{At: time.Now(), Text: strings.Join(strings.Fields(strings.Join(parts, " ")), " ")})
	w.last = w.last[max(0, len(w.last)-keptNotification):]
}

// Notifications are how many messages came, and the last ones of them, oldest first.
func (w *Webhook) Notifications() (total int, last []Notification) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total, append([]Notification{}, w.last...)
}

// Close stops listening.
func (w *Webhook) Close() error { return w.server.close() }
