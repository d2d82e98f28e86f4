package archtest_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// services are the programs that listen, with the port that each takes without a flag, as their code says.
func services(t *testing.T) map[string]string {
	t.Helper()
	ports := map[string]string{}
	for pattern, port := range map[string]*regexp.Regexp{
		"cmd/exporters/*/main.go": regexp.MustCompile(`\bPort:\s+(\d+),`),
		"cmd/tracker/serve.go":    regexp.MustCompile(`"web\.listen-address".*Default\(":(\d+)"\)`),
	} {
		for _, file := range glob(t, pattern) {
			found := port.FindStringSubmatch(read(t, file))
			if found == nil {
				t.Fatalf("%s: no port", file)
			}
			ports[filepath.Base(filepath.Dir(file))] = found[1]
		}
	}
	if len(ports) < 5 {
		t.Fatalf("services: %v", ports)
	}
	return ports
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestImagesAreThoseOfTheCode: each program has a target in the Dockerfile that starts it and names its port.
func TestImagesAreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	ports := services(t)
	images := map[string]string{}
	stages := regexp.MustCompile(`(?m)^FROM base AS (\w+)$`)
	text := read(t, "../../deploy/docker/Dockerfile")
	starts := stages.FindAllStringSubmatchIndex(text, -1)
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		name, stage := text[at[2]:at[3]], text[at[0]:end]
		if !strings.Contains(stage, `ENTRYPOINT ["/usr/bin/`+name+`"]`) || !strings.Contains(stage, "COPY --from=build /out/"+name+" /usr/bin/"+name) {
			t.Errorf("target %s of the Dockerfile starts something else", name)
		}
		if !strings.Contains(stage, "io.voipbin.sbom=") || !strings.Contains(stage, "/"+name+"_${VERSION}_linux_$TARGETARCH.cdx.json\"") {
			t.Errorf("target %s of the Dockerfile does not name its bill of materials, as tools/release writes it", name)
		}
		if port := regexp.MustCompile(`(?m)^EXPOSE (\d+)$`).FindStringSubmatch(stage); port != nil {
			images[name] = port[1]
		} else if name != "obsgen" {
			t.Errorf("target %s of the Dockerfile names no port", name)
		}
	}
	if !maps.Equal(images, ports) {
		t.Errorf("the Dockerfile has %v, the code %v", images, ports)
	}
}

// TestPortsAreTheirOwn: programs that run on one machine listen on a port each.
func TestPortsAreTheirOwn(t *testing.T) {
	t.Parallel()
	taken := map[string]string{}
	for name, port := range services(t) {
		if other, found := taken[port]; found {
			t.Errorf("%s and %s both listen on %s", name, other, port)
		}
		taken[port] = name
	}
}

// TestManagerUserIsOne: whatever starts asterisk_exporter logs in as the user that the shipped configuration of Asterisk has.
func TestManagerUserIsOne(t *testing.T) {
	t.Parallel()
	section := regexp.MustCompile(`(?m)^\[(\w+)\]$`)
	sections := section.FindAllStringSubmatch(read(t, "../../deploy/asterisk/observability.conf"), -1)
	if len(sections) != 1 {
		t.Fatalf("users of the manager: %v", sections)
	}
	started := 0
	for _, pattern := range []string{"deploy/*/*.y*ml", "deploy/*/*/*/*.yaml", "deploy/*/*.service", "deploy/*/*.md", "docs/*.md", "docs/howto/*.md", "*.md", "tools/packages/*.go"} {
		for _, file := range glob(t, pattern) {
			for _, found := range regexp.MustCompile(`--asterisk\.username=([a-z]\w*)`).FindAllStringSubmatch(read(t, file), -1) {
				if started++; found[1] != sections[0][1] {
					t.Errorf("%s: logs in as %s; the manager has %s", file, found[1], sections[0][1])
				}
			}
		}
	}
	if started < 4 {
		t.Errorf("only %d commands log in: the reading is broken", started)
	}
	if demo := read(t, "../../deploy/compose/demo/asterisk.sh"); !strings.Contains(demo, "'["+sections[0][1]+`]\n`) {
		t.Errorf("the Asterisk of deploy/compose has no user %s", sections[0][1])
	}
}

// TestUnitsAreThoseOfTheCode: each program that listens has a unit, each unit a program, and none may do more than it has to.
func TestUnitsAreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	var units []string
	for _, file := range glob(t, "deploy/systemd/*.service") {
		name, text := strings.TrimSuffix(filepath.Base(file), ".service"), read(t, file)
		units = append(units, name)
		for _, want := range []string{
			"ExecStart=/usr/bin/" + name + " ", "EnvironmentFile=-/etc/default/" + name + "\n", "NoNewPrivileges=yes\n", "ProtectSystem=strict\n",
			"CapabilityBoundingSet=\n", "SystemCallFilter=@system-service\n", "MemoryMax=", "Restart=always\n",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q", file, want)
			}
		}
		if !strings.Contains(text, "DynamicUser=yes\n") && !strings.Contains(text, "User=voipbin-"+name+"\n") {
			t.Errorf("%s: it would run as root", file)
		}
	}
	if programs := slices.Sorted(maps.Keys(services(t))); !slices.Equal(units, programs) {
		t.Errorf("units are %v, programs that listen %v", units, programs)
	}
}

// TestPortsOfTheDescription: who leaves a port out of spec/ gets the one that the exporter takes.
func TestPortsOfTheDescription(t *testing.T) {
	t.Parallel()
	ports := services(t)
	text := read(t, "../../internal/spec/decode_platform.go") + read(t, "../../internal/spec/decode_recovery.go")
	for _, found := range regexp.MustCompile(`(?m)^\s+(kamailio|rtpengine|asterisk|tracker)Port\s+= (\d+)`).FindAllStringSubmatch(text, -1) {
		name := found[1]
		if name != "tracker" {
			name += "_exporter"
		}
		if ports[name] != found[2] {
			t.Errorf("the description takes port %s for %s, which listens on %s", found[2], name, ports[name])
		}
		delete(ports, name)
	}
	for _, left := range []string{"kamailio_exporter", "rtpengine_exporter", "asterisk_exporter", "tracker"} {
		if _, ok := ports[left]; ok {
			t.Errorf("no port of %s was found in the description", left)
		}
	}
}
