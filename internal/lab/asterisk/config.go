// Package asterisk writes the configuration of a laboratory's Asterisk, starts it from PATH or from a package tree, and asks it whether it
// is up. It refuses to be a model for production: whoever calls from loopback is let in, and what happens to a call depends on the called
// user's name.
package asterisk

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
)

// The files are written for Asterisk 16 to 22.
//
//go:embed etc/*.conf
var templates embed.FS

// Users whom the dialplan has a rule for; a call to one of them ends as its comment says. Calls that are answered last until the caller
// hangs up, unless the comment says otherwise.
const (
	UserAnswer       = "answer"       // 200, silence
	UserEcho         = "echo"         // 200, hears itself
	UserTone         = "tone"         // 200, hears a tone
	UserPlay         = "play"         // 200, hears a file
	UserShort        = "short"        // 200, Asterisk hangs up after a second
	UserBusy         = "busy"         // 486, cause 17
	UserCongestion   = "congestion"   // 503, cause 34
	UserReject       = "reject"       // 403, cause 21
	UserRing         = "ring"         // 180, and no more
	UserQueue        = "queue"        // 200, in queue support, whose agents answer at once
	UserEmptyQueue   = "emptyqueue"   // 200, in queue empty, which has no agent
	UserQueueTimeout = "queuetimeout" // 200, in queue empty for two seconds, then silence
	UserConference   = "conference"   // 200, in conference 4000
	UserPark         = "park"         // 200, parked
	UserBridge       = "bridge"       // 200, bridged with a Local channel that echoes
	UserBridgeBusy   = "bridgebusy"   // 486 after a Local channel was busy
	UserDial         = "dial"         // what Config.Peer answers
	UserApplication  = "application"  // 200, in Stasis application voipbin if it is there, else Asterisk hangs up
)

const (
	// Admin is the name of a manager, and of an ARI user, who may do everything; Secret is its secret.
	Admin = "lab"
	// Phone is the user of an endpoint that can register with Secret as its password.
	Phone = "phone"
	// Secret is the secret of both.
	Secret = "labsecret"
	// Application is the Stasis application that UserApplication enters.
	Application = "voipbin"
	// QueueSupport is the queue with agents.
	QueueSupport = "support"
	// QueueEmpty is the queue without.
	QueueEmpty = "empty"
)

// rtpFirst and rtpLast bound the ports of media. Asterisk takes one that is free, so that laboratories can share the range; it lies below
// the blocks of package ports.
const rtpFirst, rtpLast = 12000, 20998

// agents is how many members queue support has: how many of its callers are connected at once.
const agents = 60

// Config is one instance.
type Config struct {
	// Dir is the run folder, absolute: all that Asterisk writes goes there. Its path must leave room for a socket's, so at most 90 bytes.
	Dir string
	// SIPPort is the UDP and TCP port on 127.0.0.1.
	SIPPort int
	// AMIPort and HTTPPort are the TCP ports of the manager and of ARI.
	AMIPort, HTTPPort int
	// TLSPort is the manager's with TLS, whose Certificate is a PEM file with certificate and key; 0 is none.
	TLSPort     int
	Certificate string
	// Peer is host:port of a phone or gateway that UserDial is connected to; empty is none.
	Peer string
	// Healthy leaves out the phone and the registrar that never answer, so that nothing is wrong.
	Healthy bool
	// Without names modules that are not loaded, such as res_pjsip.so.
	Without []string
	// ManagerFiles are files that manager.conf includes.
	ManagerFiles []string
	// Modules and Data are the folders of modules and of data; empty means those compiled in.
	Modules, Data string
}

// Write writes all that Asterisk needs to Dir.
func (c Config) Write() error {
	for _, dir := range []string{c.etc(), c.variable(), c.sounds()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("asterisk configuration: %w", err)
		}
	}
	all, err := template.ParseFS(templates, "etc/*.conf")
	if err != nil {
		return err
	}
	for _, t := range all.Templates() {
		var text bytes.Buffer
		err := t.Execute(&text, c.values())
		if err == nil {
			err = os.WriteFile(filepath.Join(c.etc(), t.Name()), text.Bytes(), 0o600)
		}
		if err != nil {
			return fmt.Errorf("asterisk configuration: %w", err)
		}
	}
	// A second of silence for whoever waits or listens: 8,000 samples of µ-law (ITU-T G.711).
	return os.WriteFile(filepath.Join(c.sounds(), "tone.ulaw"), bytes.Repeat([]byte{0xff}, 8000), 0o600)
}

// values are those that the templates name.
func (c Config) values() map[string]any {
	list := make([]int, agents)
	for i := range list {
		list[i] = i
	}
	return map[string]any{
		"Dir": c.Dir, "Etc": c.etc(), "Var": c.variable(), "Sounds": c.sounds(), "Modules": c.Modules, "Data": c.Data,
		"SIPPort": c.SIPPort, "AMIPort": c.AMIPort, "HTTPPort": c.HTTPPort, "TLSPort": c.TLSPort, "Certificate": c.Certificate,
		"RTPFirst": rtpFirst, "RTPLast": rtpLast, "Peer": c.Peer, "Healthy": c.Healthy, "ManagerFiles": c.ManagerFiles, "Agents": list,
		"Omitted": append(unneeded(), c.Without...), "Admin": Admin, "Secret": Secret, "Phone": Phone, "Application": Application,
		"UserAnswer": UserAnswer, "UserEcho": UserEcho, "UserTone": UserTone, "UserPlay": UserPlay, "UserShort": UserShort,
		"UserBusy": UserBusy, "UserCongestion": UserCongestion, "UserReject": UserReject, "UserRing": UserRing,
		"UserQueue": UserQueue, "UserEmptyQueue": UserEmptyQueue, "UserQueueTimeout": UserQueueTimeout,
		"UserConference": UserConference, "UserPark": UserPark, "UserBridge": UserBridge, "UserBridgeBusy": UserBridgeBusy,
		"UserDial": UserDial, "UserApplication": UserApplication,
	}
}

// unneeded are modules that want another service, hardware, or a file that is not there.
func unneeded() []string {
	return strings.Fields(`chan_alsa.so chan_console.so chan_oss.so chan_sip.so chan_iax2.so chan_skinny.so chan_mgcp.so chan_unistim.so
		chan_dahdi.so chan_motif.so chan_ooh323.so chan_mobile.so chan_websocket.so res_config_pgsql.so res_config_odbc.so
		res_config_ldap.so res_config_mysql.so res_xmpp.so res_calendar.so res_corosync.so res_snmp.so res_hep.so res_hep_pjsip.so
		res_hep_rtcp.so cdr_pgsql.so cdr_odbc.so cdr_radius.so cdr_tds.so cel_pgsql.so cel_odbc.so cel_radius.so cel_tds.so pbx_dundi.so
		res_fax.so res_phoneprov.so app_voicemail_imap.so app_voicemail_odbc.so`)
}

func (c Config) etc() string      { return filepath.Join(c.Dir, "etc") }
func (c Config) variable() string { return filepath.Join(c.Dir, "var") }

// sounds holds the one file that is played.
func (c Config) sounds() string { return filepath.Join(c.variable(), "sounds") }

// Args is the command line: in the foreground, with this configuration.
func (c Config) Args() []string { return []string{"-f", "-C", filepath.Join(c.etc(), "asterisk.conf")} }

// SIP is the address on which it takes calls.
func (c Config) SIP() string { return local(c.SIPPort) }

// AMI is the manager's address as asterisk_exporter takes it.
func (c Config) AMI() string { return "tcp://" + local(c.AMIPort) }

// TLS is the manager's address with TLS.
func (c Config) TLS() string { return "tls://" + local(c.TLSPort) }

// ARI is the base of the REST interface's addresses.
func (c Config) ARI() string { return "http://" + local(c.HTTPPort) + "/ari" }

func local(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
