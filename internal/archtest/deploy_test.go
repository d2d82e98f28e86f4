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
