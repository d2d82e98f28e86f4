package lab

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/kamailio"
	"github.com/voipbin/observability/internal/lab/rtpengine"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// observerFile is the manager user for asterisk_exporter, in the repository, with observerSecret, which is published and so replaced.
const (
	observerFile   = "deploy/asterisk/observability.conf"
	observerUser   = "observer"
	observerSecret = "change-this"
)

// Names of files and folders below the run folder. Asterisk's own folder is where sockets go, since it has one there.
const (
	asteriskDir    = "asterisk"
	asteriskSocket = "asterisk/asterisk.ctl"
	audioFile      = "audio.ulaw"
	passwordFile   = "asterisk-password"
)

// Media is what whole calls need behind Kamailio: an RTPEngine, and an Asterisk that takes and answers them.
type Media struct {
	run *Run
	// RTPEngine and Asterisk are their configurations.
	RTPEngine rtpengine.Config
	Asterisk  asterisk.Config
	// Relay is RTPEngine's process, Server Asterisk's.
	Relay, Server *supervise.Process
	// AsteriskVersion is what Asterisk says it is.
	AsteriskVersion string
	// Audio is the path of what callers play, and PasswordFile of the password of asterisk_exporter's user.
	Audio, PasswordFile string
}

// StartMedia starts RTPEngine and Asterisk.
func (r *Run) StartMedia(ctx context.Context) (*Media, error) {
	m := &Media{run: r, Audio: r.path(sippDir, audioFile), PasswordFile: r.path(passwordFile)}
	// A second of a soft square wave of 500 Hz, in µ-law (ITU-T G.711): 8,000 samples.
	wave := append(bytes.Repeat([]byte{0xb0}, 8), bytes.Repeat([]byte{0x30}, 8)...)
	if err := os.WriteFile(m.Audio, bytes.Repeat(wave, 500), 0o644); err != nil {
		return nil, err
	}
	if err := m.place(); err != nil {
		return nil, err
	}
	if err := m.writeObserver(); err != nil {
		return nil, fmt.Errorf("manager user for asterisk_exporter: %w", err)
	}
	if err := m.StartRelay(ctx); err != nil {
		return nil, err
	}
	if err := m.StartServer(ctx); err != nil {
		return nil, err
	}
	var err error
	m.AsteriskVersion, err = m.Asterisk.Version(ctx)
	return m, err
}

// place finds ports.
func (m *Media) place() error {
	r := m.run
	var err error
	if m.RTPEngine, err = rtpengine.Place(r.ports); err != nil {
		return err
	}
	m.RTPEngine.PidFile = r.path("rtpengine.pid")
	m.Asterisk = asterisk.Config{Dir: filepath.Join(r.folder.Sockets, asteriskDir), Healthy: true}
	for _, port := range []*int{&m.Asterisk.SIPPort, &m.Asterisk.AMIPort, &m.Asterisk.HTTPPort} {
		if *port, err = r.ports.Free(); err != nil {
			return err
		}
	}
	return nil
}

// writeObserver gives Asterisk the documented manager user, with a secret of this run.
func (m *Media) writeObserver() error {
	text, err := os.ReadFile(filepath.Join(m.run.opts.Repo, observerFile))
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), observerSecret) {
		return fmt.Errorf("%s has no secret %q to replace", observerFile, observerSecret)
	}
	secret, file := rand.Text(), m.run.path("observer.conf")
	m.Asterisk.ManagerFiles = []string{file}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), observerSecret, secret, 1)), 0o600); err != nil {
		return err
	}
	return os.WriteFile(m.PasswordFile, []byte(secret+"\n"), 0o600)
}

// StartRelay starts RTPEngine, also again after it was stopped.
func (m *Media) StartRelay(ctx context.Context) error {
	m.RTPEngine.Release(m.run.ports)
	var err error
	m.Relay, err = m.run.tools.rtpengine.Start(ctx, m.run.super, m.RTPEngine)
	return err
}

// StartServer starts Asterisk, also again after it was stopped.
func (m *Media) StartServer(ctx context.Context) error {
	m.run.ports.Release(m.Asterisk.SIPPort, m.Asterisk.AMIPort, m.Asterisk.HTTPPort)
	var err error
	m.Server, err = m.run.tools.asterisk.Start(ctx, m.run.super, m.Asterisk, true)
	return err
}

// route is how Kamailio finds both; nil where there is none of them.
func (m *Media) route() *kamailio.Media {
	if m == nil {
		return nil
	}
	return &kamailio.Media{Relay: m.RTPEngine.Control(), Server: m.Asterisk.SIP()}
}

// audio is what a caller of the user plays; empty is nothing.
func (m *Media) audio(user string) string {
	if m == nil || !strings.HasPrefix(user, kamailio.MediaPrefix) {
		return ""
	}
	return m.Audio
}

// pbx is the user by whom callers reach a user of Asterisk.
func pbx(user string) string { return kamailio.MediaPrefix + user }
