package main

// program is one package: a binary with all that it needs on a machine of its own.
type program struct {
	name    string // of the binary and of its unit
	summary string // one line, as package managers list it
	needs   string // what it looks at, in words, for the description
	folder  string // its own folder below /etc/voipbin-observability, readable by the group that its unit is in; "" for none
	arg     string // ARGS in /etc/default, with the comment above it
	config  []configFile
	service bool
	account bool // has an account of its own, voipbin-<name>, beside the group
}

// configFile is a file that belongs to the operator once it is installed: no later version replaces it.
type configFile struct {
	source string // below the repository, a file or a folder
	target string // below /etc/voipbin-observability
}

// programs lists the packages. The names of binaries are those of cmd/, which a test compares.
func programs() []program {
	return []program{
		{
			name: "kamailio_exporter", summary: "shows Kamailio to Prometheus", service: true,
			needs: "Runs beside a Kamailio whose ctl socket its group may use, or asks a fleet over TCP.",
			arg:   "# Flags of kamailio_exporter, see kamailio_exporter(1).\nARGS=--kamailio.address=unix:///run/kamailio/kamailio_ctl\n",
		},
		{
			name: "rtpengine_exporter", summary: "shows RTPEngine to Prometheus", service: true,
			needs: "Asks RTPEngine's ng port, over UDP, TCP or HTTP.",
			arg:   "# Flags of rtpengine_exporter, see rtpengine_exporter(1). The port is that of listen-ng in rtpengine.conf.\nARGS=--rtpengine.address=udp://127.0.0.1:2223\n",
		},
		{
			name: "asterisk_exporter", summary: "shows Asterisk to Prometheus", service: true,
			needs: "Keeps one connection to Asterisk's manager interface. Put the password of its user into\n /etc/voipbin-observability/asterisk-password, which only root has to read.",
			arg:   "# Flags of asterisk_exporter, see asterisk_exporter(1). The password is not among them: see the unit.\nARGS=--asterisk.username=observer\n",
		},
		{
			name: "sip_exporter", summary: "probes SIP servers for Prometheus", service: true, folder: "sip",
			needs:  "Calls the platform as its customers do: OPTIONS, REGISTER, and calls to an echo.",
			arg:    "# More flags of sip_exporter, see sip_exporter(1). Targets are in /etc/voipbin-observability/sip/modules.yaml.\nARGS=\n",
			config: []configFile{{"deploy/sip/modules.yaml", "sip/modules.yaml"}},
		},
		{
			name: "platform_exporter", summary: "shows queues, caches, backups and deployments to Prometheus", service: true, folder: "platform",
			needs:  "Asks RabbitMQ's management, samples Redis, looks at backups, and takes markers of deployments. Put the token of\n your CI into /etc/voipbin-observability/platform/deploys-token.",
			arg:    "# More flags of platform_exporter, see platform_exporter(1). Targets are in /etc/voipbin-observability/platform/platform.yaml.\nARGS=\n",
			config: []configFile{{"deploy/platform/targets.yaml", "platform/platform.yaml"}},
		},
		{
			name: "tracker", summary: "follows the recovery objectives of a platform", service: true, folder: "tracker", account: true,
			needs: "Proves what would be lost if a region died now, follows drills and failovers, and writes\n reports that can be recomputed from evidence.",
			arg:   "# More flags of tracker serve, see tracker(1).\nARGS=\n",
			config: []configFile{
				{"deploy/tracker/tracker.yaml", "tracker/tracker.yaml"},
				{"spec", "spec"},
			},
		},
		{
			name: "obsgen", summary: "makes rules, alerts, boards and configuration from a description of a VoIP platform",
			needs: "Reads a description of the platform; writes Prometheus rules with tests, Alertmanager's\n configuration, Grafana boards and runbooks.",
		},
	}
}
