package main

import (
	"strings"
	"text/template"

	"github.com/goreleaser/nfpm/v2"
)

// Both package managers run these. Nothing is enabled and nothing is started: an exporter without its address, or a tracker without
// its objectives, would only fail. What runs already is started anew with the new binary.
const (
	afterInstall = `#!/bin/sh
set -e
{{- if .Folder}}
if command -v systemd-sysusers >/dev/null 2>&1; then
	systemd-sysusers {{.Name}}.conf
fi
if getent group voipbin-observability >/dev/null 2>&1; then
	chgrp voipbin-observability ` + etc + `/{{.Folder}}
fi
{{- end}}
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart {{.Name}}.service || true
fi
`
	// rpm passes 0 at the last removal, dpkg passes "remove".
	beforeRemove = `#!/bin/sh
set -e
if [ -d /run/systemd/system ] && { [ "$1" = remove ] || [ "$1" = 0 ]; }; then
	systemctl disable --now {{.Name}}.service || true
fi
`
	afterRemove = `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
`
)

func (d *description) scripts() (nfpm.Scripts, error) {
	paths := map[string]string{"postinst": afterInstall, "prerm": beforeRemove, "postrm": afterRemove}
	for name, text := range paths {
		var b strings.Builder
		values := struct{ Name, Folder string }{d.name, d.folder}
		if err := template.Must(template.New(name).Parse(text)).Execute(&b, values); err != nil {
			return nfpm.Scripts{}, err
		}
		file, err := d.made(name, []byte(b.String()))
		if err != nil {
			return nfpm.Scripts{}, err
		}
		paths[name] = file
	}
	return nfpm.Scripts{PostInstall: paths["postinst"], PreRemove: paths["prerm"], PostRemove: paths["postrm"]}, nil
}
